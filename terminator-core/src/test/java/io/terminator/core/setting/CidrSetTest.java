package io.terminator.core.setting;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CidrSetTest {
  @Test
  void saysTheSameAsItsBlocksOneByOne() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<Cidr> blocks = new ArrayList<>();
      for (int i = random.nextInt(12); i > 0; i--) {
        blocks.add(block(random));
      }
      CidrSet set = CidrSet.of(blocks);
      for (int i = 0; i < 50; i++) {
        InetAddress address = InetAddress.getByAddress(address(random));
        assertThat(set.contains(address))
            .as("seed %d: %s in %s", seed, address, blocks)
            .isEqualTo(blocks.stream().anyMatch(block -> block.contains(address)));
      }
    }
  }

  @Test
  void knowsTheFirstAndTheLastOfABlock() throws Exception {
    CidrSet set = CidrSet.of(List.of(Cidr.parse("255.255.255.0/24"), Cidr.parse("ff00::/8")));
    for (String in : List.of("255.255.255.0", "255.255.255.255", "ff00::", "ffff::1")) {
      assertThat(set.contains(InetAddress.getByName(in))).as(in).isTrue();
    }
    for (String out : List.of("255.255.254.255", "feff::1", "::1", "0.0.0.0")) {
      assertThat(set.contains(InetAddress.getByName(out))).as(out).isFalse();
    }
    assertThat(CidrSet.of(List.of()).contains(InetAddress.getByName("::1"))).isFalse();
  }

  /** Few values, so that blocks overlap. */
  private static byte[] address(Random random) {
    byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(2) * 0x80 + random.nextInt(2));
    }
    return bytes;
  }

  private static Cidr block(Random random) throws Exception {
    byte[] bytes = address(random);
    int bits = random.nextInt(bytes.length * 8 + 1);
    for (int bit = bits; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    return Cidr.parse(InetAddress.getByAddress(bytes).getHostAddress() + "/" + bits);
  }
}
