package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.admin.config.format.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * For every file the reader returns a configuration or reports problems; it never throws another
 * exception.
 */
class MutatedConfigTest {
  private static final int ROUNDS = 1_500;
  private static final String[] PIECES = {
    ":",
    "- ",
    "\n",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "*a",
    "&a ",
    "${",
    "}",
    "\"",
    "'",
    "|\n",
    ">",
    "!!int ",
    "!x ",
    "? ",
    "---\n",
    "...\n",
    "%YAML 9.9\n",
    "<<: ",
    "~",
    "null",
    "#",
    "\\u0000",
    "\u0000",
    "\uFEFF",
    "\u2028",
    "\uD83D\uDE00",
    "99999999999999999999",
    "-1",
    "9223372036854775807TiB",
    "999999999999d",
    "unix:",
    "[::1%eth0]:1",
    "@",
    "`",
    "\u0085"
  };

  @Test
  void neverFailsInAnyOtherWay(@TempDir Path directory) throws IOException {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    byte[] good = Files.readAllBytes(Path.of("..", "docker", "config", "every-key.yaml"));
    ConfigFile reader = new ConfigFile(Map.of());
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] content = mutate(good, random);
      try {
        reader.read("t.yaml", directory, content);
      } catch (ConfigProblems problems) {
        refused++;
        assertThat(problems.problems()).as("seed %d round %d", seed, round).isNotEmpty();
        for (Problem problem : problems.problems()) {
          assertThat(problem.toString())
              .as("seed %d round %d", seed, round)
              .startsWith("t.yaml:")
              .doesNotContain("\n", "\u001b");
        }
      } catch (RuntimeException | StackOverflowError failure) {
        throw new AssertionError(
            "seed "
                + seed
                + " round "
                + round
                + ":\n"
                + new String(content, StandardCharsets.UTF_8),
            failure);
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(ROUNDS / 2);
  }

  private static byte[] mutate(byte[] good, SplittableRandom random) {
    byte[] content = good;
    int changes = random.nextInt(1, 6);
    for (int i = 0; i < changes; i++) {
      content = mutateOnce(content, random);
    }
    return content;
  }

  private static byte[] mutateOnce(byte[] content, SplittableRandom random) {
    int at = random.nextInt(content.length + 1);
    int until = Math.min(content.length, at + random.nextInt(1, 40));
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 64);
    out.write(content, 0, at);
    switch (random.nextInt(5)) {
      case 0 -> out.write(content, until, content.length - until);
      case 1 -> {
        out.write(content, at, until - at);
        out.write(content, at, content.length - at);
      }
      case 2 -> {
        byte[] noise = new byte[random.nextInt(1, 8)];
        random.nextBytes(noise);
        out.writeBytes(noise);
        out.write(content, at, content.length - at);
      }
      case 3 -> {
        out.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8));
        out.write(content, at, content.length - at);
      }
      default -> {
        out.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8));
        out.write(content, until, content.length - until);
      }
    }
    return out.toByteArray();
  }
}
