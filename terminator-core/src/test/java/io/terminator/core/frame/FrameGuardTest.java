package io.terminator.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.observe.Diagnostics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The guarded pool detects each kind of mistake; each is made in a JVM that was started with the
 * guard.
 */
class FrameGuardTest {

  @ParameterizedTest
  @CsvSource({
    "read-after-release, a frame was used after its release",
    "write-after-release, a frame was written to after its release",
    "write-beyond-the-end, a frame was written to beyond its end",
    "twice, a frame was released twice",
    "leased-twice, scratch memory was leased while it was in use",
    "used-after-lease, scratch memory was used after its lease",
    "written-after-lease, scratch memory was written to after its lease",
    "nothing, no mistake was made"
  })
  void findsMistakes(String mistake, String words) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dio.terminator.frames.guarded=true",
                "-cp",
                System.getProperty("java.class.path"),
                Mistakes.class.getName(),
                mistake)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(said).contains(words);
  }

  @Test
  void isOffByDefault() {
    assertThat(FrameGuard.ON).isEqualTo(Boolean.getBoolean("io.terminator.frames.guarded"));
    assertThat(FrameGuard.STRIDE == FramePool.FRAME_SIZE).isEqualTo(!FrameGuard.ON);
  }

  /** Makes one of the mistakes. */
  static final class Mistakes {
    private static Scratch lease(Scratch scratch) {
      try (Scratch leased = scratch.lease()) {
        leased.buffer().put(0, (byte) 1);
        return leased;
      }
    }

    public static void main(String[] mistake) {
      FramePool pool = new FramePool(0, Runnable::run, new Diagnostics());
      Frame frame = Objects.requireNonNull(pool.take());
      ByteBuffer bytes = ByteBuffer.allocate(100);
      frame.append(bytes, 0, 100);
      ByteBuffer memory = frame.slab();
      try {
        switch (mistake[0]) {
          case "read-after-release" -> {
            pool.release(frame);
            frame.drainTo(bytes, 0, 100);
          }
          case "write-after-release" -> {
            pool.release(frame);
            memory.put(5, (byte) 1);
            pool.take();
          }
          case "write-beyond-the-end" -> {
            memory.put(FramePool.FRAME_SIZE + 3, (byte) 1);
            pool.release(frame);
          }
          case "twice" -> {
            pool.release(frame);
            pool.release(frame);
          }
          case "leased-twice" -> {
            Scratch scratch = new Scratch(100);
            try (Scratch first = scratch.lease();
                Scratch second = scratch.lease()) {
              first.buffer().put(0, second.buffer(), 0, 1);
            }
          }
          case "used-after-lease" -> lease(new Scratch(100)).buffer();
          case "written-after-lease" -> {
            Scratch scratch = new Scratch(100);
            ByteBuffer kept;
            try (Scratch leased = scratch.lease()) {
              kept = leased.buffer();
            }
            kept.put(7, (byte) 1);
            lease(scratch);
          }
          default -> {
            pool.release(frame);
            Objects.requireNonNull(pool.take()).append(bytes, 0, 100);
          }
        }
        System.out.println("no mistake was made");
      } catch (IllegalStateException found) {
        System.out.println(found.getMessage());
      }
    }
  }
}
