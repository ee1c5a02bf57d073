package io.terminator.core.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFailureTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path directory;

  @BeforeAll
  static void loadTheLibrary() {
    Epoll.ensureAvailability();
  }

  @Test
  void callsAndNumbersOfTheLibraryAreLeftOut() throws IOException {
    Socket taken = InetSocket.forAddress(ANY_PORT.getAddress());
    try {
      taken.bind(ANY_PORT);
      assertThat(wordsOfBind(taken.localAddress())).isEqualTo("Address already in use");
      // Bound, and nothing listens there.
      assertThat(wordsOfConnect(taken.localAddress())).isEqualTo("Connection refused");
    } finally {
      taken.close();
    }
  }

  @Test
  void aSocketThatDoesNotExistIsAFile() throws IOException {
    assertThat(wordsOfConnect(new DomainSocketAddress(directory.resolve("none").toString())))
        .isEqualTo("no such file");
  }

  @Test
  void causesWithoutWordsGetSome() {
    assertThat(SocketFailure.words(new UnresolvedAddressException()))
        .isEqualTo("the host does not resolve");
    assertThat(SocketFailure.words(new UnknownHostException("a.invalid")))
        .isEqualTo("the host does not resolve");
    assertThat(SocketFailure.words(new ClosedChannelException()))
        .isEqualTo("the connection was closed");
    assertThat(SocketFailure.words(new IOException())).isEqualTo("an input or output error");
  }

  private static String wordsOfBind(SocketAddress address) throws IOException {
    Socket socket = InetSocket.forAddress(ANY_PORT.getAddress());
    try {
      socket.bind(address);
      return "";
    } catch (IOException failure) {
      return SocketFailure.words(failure);
    } finally {
      socket.close();
    }
  }

  private static String wordsOfConnect(SocketAddress address) throws IOException {
    Socket socket =
        address instanceof InetSocketAddress inet
            ? InetSocket.forAddress(inet.getAddress())
            : Socket.newSocketDomain();
    try {
      if (!socket.connect(address)) {
        boolean connected = false;
        while (!connected) {
          connected = socket.finishConnect();
        }
      }
      return "";
    } catch (IOException failure) {
      return SocketFailure.words(failure);
    } finally {
      socket.close();
    }
  }
}
