package io.latentsync.trace;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A span as an event in a recording of Java Flight Recorder. */
@Name(SpanEvent.NAME)
@Label("Span")
@Category("LatentSync")
@StackTrace(false)
final class SpanEvent extends Event {
  static final String NAME = "io.latentsync.Span";

  @Label("Name")
  String name;

  @Label("Lane")
  String lane;

  @Label("Request")
  String request;

  @Label("Segment")
  int segment;

  @Label("Chunk")
  int chunk;

  @Label("Step")
  int step;
}
