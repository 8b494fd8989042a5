package io.latentsync.job.bench;

import com.sun.management.GarbageCollectionNotificationInfo;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.video.SegmentMuxer;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.testing.NanoModels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * Measures the memory for videos of several lengths, from the plan to the finished file. Each is
 * dubbed in a separate process, on one core, with very small networks. A benchmark, not a test;
 * {@code deploy/bench/long-video} runs it.
 */
public final class LongVideoMemory {
  private static final String CLIP = "/demo/clip1.mp4";
  private static final String SPEECH = "/demo/speech2.wav";
  private static final double MIB = 1 << 20;

  private final Path folder;

  private LongVideoMemory(Path folder) {
    this.folder = folder;
  }

  /**
   * Measures.
   *
   * @param arguments a folder for the videos, and the length of each in minutes
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("--measure")) {
      measure(arguments);
      return;
    }
    LongVideoMemory bench = new LongVideoMemory(Files.createDirectories(Path.of(arguments[0])));
    for (int i = 1; i < arguments.length; i++) {
      bench.dub(Integer.parseInt(arguments[i]));
    }
  }

  /** A talking head of so many minutes, whose face is always in sight. */
  private Path video(int minutes) throws IOException, UnsupportedAudioFileException {
    Path video = folder.resolve("talk-" + minutes + "-minutes.mp4");
    if (!Files.exists(video)) {
      Path clip = resource(CLIP);
      Path segment = folder.resolve("segment.mp4");
      VideoProbe probe = VideoProbe.of(clip);
      try (VideoReader reader = VideoReader.open(clip, probe);
          VideoWriter writer = VideoWriter.open(segment, probe)) {
        for (int frame = 0; frame < probe.frames(); frame++) {
          try (VideoFrame picture = reader.read(frame)) {
            writer.write(picture);
          }
        }
        writer.finish();
      }
      int frames = probe.frameRate().framesIn(minutes * 60_000);
      int loops = (frames + probe.frames() - 1) / probe.frames();
      Path sound = folder.resolve("sound.mp4");
      AacTrack.encode(
          speech(minutes), loops * probe.frames(), probe.frameRate(), AacTrack.End.EARLY, sound);
      SegmentMuxer.mux(
          Collections.nCopies(loops, segment),
          sound,
          loops * probe.frames(),
          probe.frameRate(),
          "",
          video);
    }
    return video;
  }

  private Path speech(int minutes) throws IOException, UnsupportedAudioFileException {
    Path speech = folder.resolve("speech-" + minutes + "-minutes.wav");
    try (AudioInputStream once = AudioSystem.getAudioInputStream(resource(SPEECH).toFile())) {
      AudioFormat format = once.getFormat();
      byte[] samples = once.readAllBytes();
      long length = (long) (minutes * 60 * format.getFrameRate());
      int loops = Math.toIntExact(length * format.getFrameSize() / samples.length + 1);
      List<InputStream> repeated =
          IntStream.range(0, loops)
              .<InputStream>mapToObj(i -> new ByteArrayInputStream(samples))
              .toList();
      try (AudioInputStream all =
          new AudioInputStream(
              new SequenceInputStream(Collections.enumeration(repeated)), format, length)) {
        AudioSystem.write(all, AudioFileFormat.Type.WAVE, speech.toFile());
      }
    }
    return speech;
  }

  private Path resource(String name) throws IOException {
    Path file = folder.resolve(Path.of(name).getFileName());
    try (InputStream in = DubCommand.class.getResourceAsStream(name)) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  private void dub(int minutes)
      throws IOException, InterruptedException, UnsupportedAudioFileException {
    String video = video(minutes).toString();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // What this process was given to get along with Spark, and a small heap: garbage is not to be
    // mistaken for growth.
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-Dspark.master=local[1]"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(LongVideoMemory.class.getName(), "--measure"));
    command.addAll(List.of("--video_path", video, "--audio_path", video, "--video_out_path"));
    command.add(folder.resolve("dubbed-" + minutes + "-minutes.mp4").toString());
    command.addAll(new NanoModels(folder).options());
    command.addAll(List.of("--inference_steps=2", "--guidance_scale=1"));
    System.out.printf("%d minutes:%n", minutes);
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("dubbing " + video + " ended with exit code " + code);
    }
  }

  /** Dubs in this process and prints the measurements. */
  private static void measure(String[] arguments) throws IOException {
    AtomicLong heap = new AtomicLong();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector)
          .addNotificationListener(
              (notification, handback) ->
                  heap.accumulateAndGet(
                      heapAfter((CompositeData) notification.getUserData()), Math::max),
              null,
              null);
    }
    int code = DubCommand.run(Stream.of(arguments).skip(1).toArray(String[]::new));
    long most = heapPools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    System.out.printf(
        Locale.ROOT,
        "heap        %.1f MiB at most, %.1f MiB at most after a collection%n"
            + "resident    %.1f MiB at most%n",
        most / MIB,
        heap.get() / MIB,
        peakResident() / MIB);
    System.exit(code);
  }

  private static long heapAfter(CompositeData notification) {
    Map<String, MemoryUsage> pools =
        GarbageCollectionNotificationInfo.from(notification).getGcInfo().getMemoryUsageAfterGc();
    return heapPools().mapToLong(pool -> pools.get(pool.getName()).getUsed()).sum();
  }

  private static Stream<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP);
  }

  /** The largest resident size that the kernel has seen of this process, in bytes. */
  private static long peakResident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
