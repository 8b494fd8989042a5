package io.latentsync.job.staging;

import io.latentsync.job.request.DubRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** The speeches of a request in staging. */
public final class StagedSpeeches implements AutoCloseable {
  private final List<StagedSpeech> speeches = new ArrayList<>();

  private StagedSpeeches() {}

  /**
   * Opens the speeches.
   *
   * @throws IOException if one is not in staging
   */
  public static StagedSpeeches open(
      Staging staging, DubRequest request, Configuration configuration) throws IOException {
    StagedSpeeches opened = new StagedSpeeches();
    boolean complete = false;
    try {
      for (int i = 0; i < request.speeches().size(); i++) {
        opened.speeches.add(StagedSpeech.open(staging.speech(i), configuration));
      }
      complete = true;
      return opened;
    } finally {
      if (!complete) {
        opened.close();
      }
    }
  }

  /**
   * A speech.
   *
   * @param index in {@link DubRequest#speeches}
   */
  public StagedSpeech get(int index) {
    return speeches.get(index);
  }

  @Override
  public void close() throws IOException {
    for (StagedSpeech speech : speeches) {
      speech.close();
    }
  }
}
