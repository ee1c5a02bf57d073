package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.core.setting.CidrSet;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockFileTest {
  private static final String WRONG = " is neither an address nor a network";

  @Test
  void readsAddressesNetworksAndComments() throws IOException {
    CidrSet blocks =
        parse("# office\r\n\r\n192.0.2.7\r\n  10.0.0.0/8 # caf\u00e9\n\n2001:db8::/32");

    assertThat(blocks.blocks()).isEqualTo(3);
    assertThat(blocks.contains(InetAddress.getByName("192.0.2.7"))).isTrue();
    assertThat(blocks.contains(InetAddress.getByName("10.1.2.3"))).isTrue();
    assertThat(blocks.contains(InetAddress.getByName("2001:db8::1"))).isTrue();
    assertThat(parse("").blocks()).isZero();
    assertThat(parse("\n").blocks()).isZero();
  }

  @Test
  void namesUpToFiveWrongLines() {
    assertThatThrownBy(() -> parse("x\n192.0.2.7\n\n10.0.0.0/99\n192.0.2.8"))
        .isInstanceOf(IOException.class)
        .hasMessage("line 1" + WRONG + "; line 4" + WRONG);
    assertThatThrownBy(() -> parse("192.0.2.7\n" + "x\n".repeat(5)))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("line 6" + WRONG);
  }

  @ParameterizedTest
  @ValueSource(ints = {5_000_000, 10_000_000})
  @Timeout(10)
  void stopsInAFileThatIsNotAList(int size) {
    String content = "192.0.2.7\n" + "x\n".repeat(size / 2);

    assertThatThrownBy(() -> parse(content))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "line 2%1$s; line 3%1$s; line 4%1$s; line 5%1$s; line 6%1$s; and more"
                .formatted(WRONG));
  }

  private static CidrSet parse(String content) throws IOException {
    return BlockFile.parse(content.getBytes(StandardCharsets.UTF_8));
  }
}
