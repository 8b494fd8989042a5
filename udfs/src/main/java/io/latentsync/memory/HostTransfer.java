package io.latentsync.memory;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A copy between the host and the networks' device, in a recording of Java's flight recorder. The
 * thread that copies waits until a GPU has computed everything before it. If the networks are on a
 * CPU, the event is recorded where a GPU would need the copy.
 */
@Name(HostTransfer.NAME)
@Label("Host Transfer")
@Category("LatentSync")
@Description("A copy between the host and the device of the networks")
@StackTrace
@SuppressWarnings("unused") // The recorder reads the fields.
public final class HostTransfer extends Event {
  /** The event's name in a recording. */
  public static final String NAME = "io.latentsync.HostTransfer";

  @Label("To Device")
  private final boolean toDevice;

  @Label("Values")
  private final long values;

  private HostTransfer(boolean toDevice, long values) {
    this.toDevice = toDevice;
    this.values = values;
  }

  static void record(boolean toDevice, long values) {
    new HostTransfer(toDevice, values).commit();
  }
}
