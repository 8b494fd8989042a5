package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.media.MediaException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskResultTest {
  private static Iterator<TaskResult<String>> unreadable() throws Exception {
    return new TaskResult.Of<String, String>(
            file -> {
              throw new MediaException(Path.of(file), "cannot be read");
            })
        .call("talk.mp4");
  }

  @Test
  void anInvalidInputIsAResult() throws Exception {
    List<TaskResult<String>> results = List.of(unreadable().next());
    assertThatThrownBy(() -> TaskResult.values(results))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("talk.mp4: cannot be read");
  }

  @Test
  void anInterruptDoesNotMakeTheInputInvalid() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(TaskResultTest::unreadable).isInstanceOf(MediaException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
