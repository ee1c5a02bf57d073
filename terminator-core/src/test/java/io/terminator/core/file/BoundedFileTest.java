package io.terminator.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedFileTest {
  @TempDir Path directory;

  @Test
  void readsARegularFileAndOneBehindALink() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[1000]);
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);

    assertThat(BoundedFile.read(file, 1000)).hasSize(1000);
    assertThat(BoundedFile.read(link, 1000)).hasSize(1000);
    assertThat(BoundedFile.read(Files.createFile(directory.resolve("empty")), 1)).isEmpty();
  }

  @Test
  void refusesOneByteTooMuch() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[1025]);

    assertThat(fault(file, 1024)).isEqualTo(UnfitFileException.Fault.TOO_LARGE);
    assertThatThrownBy(() -> BoundedFile.read(file, 1024)).hasMessageContaining("more than 1 KiB");
  }

  @Test
  void readsAFileWhoseSizeIsAFiction() throws IOException {
    Path status = Path.of("/proc/self/status");

    assertThat(Files.size(status)).isZero();
    assertThat(BoundedFile.read(status, BoundedFile.SMALL)).isNotEmpty();
    assertThat(fault(status, 16)).isEqualTo(UnfitFileException.Fault.TOO_LARGE);
  }

  @Test
  void refusesWhatHasNoEndOrNoBeginning() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    assertThat(fault(fifo, 10)).isEqualTo(UnfitFileException.Fault.NOT_REGULAR);
    assertThat(fault(Path.of("/dev/zero"), 10)).isEqualTo(UnfitFileException.Fault.NOT_REGULAR);
    assertThat(fault(directory, 10)).isEqualTo(UnfitFileException.Fault.NOT_REGULAR);
    assertThatThrownBy(() -> BoundedFile.walk(fifo, step -> BoundedFile.entries(fifo)))
        .isInstanceOf(NotDirectoryException.class);
    try (DirectoryStream<Path> entries = BoundedFile.entries(directory)) {
      assertThat(entries).contains(fifo);
    }
  }

  @Test
  void namesALinkToNothing() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("nowhere"));
    assertThat(fault(link, 10)).isEqualTo(UnfitFileException.Fault.DANGLING);
    assertThatThrownBy(() -> BoundedFile.read(link, 10))
        .hasMessageContaining("is a symbolic link to nothing that exists");
    assertThatThrownBy(() -> BoundedFile.read(link.resolve("file"), 10))
        .hasMessageContaining("is below \"" + link + "\", which is a symbolic link to nothing");
    assertThatThrownBy(() -> BoundedFile.read(directory.resolve("none/file"), 10))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void saysWhatIsMissingAndWhatIsForbidden() {
    assertThatThrownBy(() -> BoundedFile.read(directory.resolve("none"), 10))
        .isInstanceOf(NoSuchFileException.class);
    if (Files.isReadable(Path.of("/etc/shadow"))) {
      return;
    }
    assertThatThrownBy(() -> BoundedFile.read(Path.of("/etc/shadow"), 10))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void leavesAReadThatDoesNotComeBack() throws Exception {
    TimedOperations reads = new TimedOperations(Duration.ofMillis(100), 1, 1);
    CountDownLatch kernel = new CountDownLatch(1);
    Path file = directory.resolve("stuck");

    assertThatThrownBy(
            () ->
                reads.run(
                    file,
                    step -> {
                      awaitQuietly(kernel);
                      return new byte[0];
                    }))
        .isInstanceOf(UnfitFileException.class)
        .hasMessageContaining("within 0.1 s");
    assertThatThrownBy(() -> reads.run(file, step -> new byte[0]))
        .hasMessageContaining("an earlier operation has not come back");

    kernel.countDown();
    assertThat(three(new TimedOperations(Duration.ofSeconds(30), 1, 1))).hasSize(3);
    org.awaitility.Awaitility.await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(three(reads)).hasSize(3));
  }

  @Test
  void anAbandonedOperationEndsAtItsNextStep() throws Exception {
    TimedOperations operations = new TimedOperations(Duration.ofMillis(100), 8, 1);
    CountDownLatch kernel = new CountDownLatch(1);
    CompletableFuture<String> outcome = new CompletableFuture<>();

    assertThatThrownBy(
            () ->
                operations.run(
                    directory,
                    step -> {
                      awaitQuietly(kernel);
                      try {
                        step.run();
                        outcome.complete("continued");
                      } catch (CancellationException late) {
                        outcome.complete("cancelled");
                      }
                      return new byte[0];
                    }))
        .isInstanceOf(UnfitFileException.class);
    long begun = System.nanoTime();
    assertThatThrownBy(
            () -> operations.run(directory, step -> outcome.complete("overtaken") ? "" : ""))
        .hasMessageContaining("an earlier operation has not come back");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(90));

    kernel.countDown();
    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("cancelled");
    org.awaitility.Awaitility.await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(three(operations)).hasSize(3));
  }

  @Test
  void eachStepRestartsTheLimit() throws Exception {
    TimedOperations reads = new TimedOperations(Duration.ofMillis(400), 1, 1);
    Integer steps =
        reads.run(
            directory,
            step -> {
              int count = 0;
              for (long end = System.nanoTime() + 1_000_000_000L; System.nanoTime() < end; ) {
                step.run();
                count++;
              }
              return count;
            });
    assertThat(steps).isPositive();
  }

  private byte[] three(TimedOperations reads) throws IOException {
    return reads.run(directory, step -> new byte[3]);
  }

  private static void awaitQuietly(CountDownLatch kernel) {
    try {
      kernel.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static UnfitFileException.Fault fault(Path file, int most) {
    return catchThrowableOfType(UnfitFileException.class, () -> BoundedFile.read(file, most))
        .fault();
  }
}
