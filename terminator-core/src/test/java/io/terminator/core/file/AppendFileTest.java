package io.terminator.core.file;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppendFileTest {
  @TempDir Path directory;

  @Test
  void opensRegularFilesAndCharacterDevices() throws Exception {
    Path file = directory.resolve("file");
    try (FileChannel channel = AppendFile.open(file, CREATE, APPEND)) {
      channel.write(ByteBuffer.wrap(new byte[3]));
    }
    try (FileChannel channel = AppendFile.open(file, CREATE, APPEND)) {
      assertThat(channel.position()).isEqualTo(3);
    }
    assertThat(Files.size(file)).isEqualTo(3);
    AppendFile.open(Path.of("/dev/null"), APPEND).close();
  }

  @Test
  void refusesAFifoAlsoBehindALinkAndWithAReader() throws Exception {
    Path fifo = fifo();
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("fifo"));
    Process reader = new ProcessBuilder("cat", fifo.toString()).start();
    try {
      for (Path each : new Path[] {fifo, link}) {
        assertThatThrownBy(() -> AppendFile.open(each, CREATE, APPEND))
            .isInstanceOf(UnfitFileException.class)
            .hasMessageContaining("is a FIFO");
      }
    } finally {
      reader.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void refusesASocketAndADirectory() throws Exception {
    Path socket = directory.resolve("socket");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket));
      assertThat(AppendFile.problem(socket)).isEqualTo("is a socket");
    }
    assertThat(AppendFile.problem(directory)).isEqualTo("is a directory");
    assertThat(AppendFile.problem(directory.resolve("absent"))).isNull();
  }

  /** In a container, /dev/stdout is the write end of a pipe. */
  @Test
  void opensTheDescriptorOfAPipe() throws Exception {
    Path fifo = fifo();
    Process holder =
        new ProcessBuilder("sh", "-c", "exec 3<>" + fifo + "; echo open; exec sleep 600").start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("open");
      Path descriptor = Path.of("/proc/" + holder.pid() + "/fd/3");
      Path link = Files.createSymbolicLink(directory.resolve("stdout"), descriptor);
      assertThat(Files.isRegularFile(link)).isFalse();
      AppendFile.open(link, APPEND).close();
      AppendFile.open(descriptor, CREATE, APPEND).close();
    } finally {
      holder.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private Path fifo() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    return fifo;
  }
}
