package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;

class RunTest {
  @Test
  void readsAllItsOptionsInAnyOrder() {
    assertThat(parse("run --watch --config /etc/terminator/terminator.yaml --debug"))
        .isEqualTo(new Run(Path.of("/etc/terminator/terminator.yaml"), true, true));
  }

  /** Two parsers must not differ: this one knows less, never something else. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "run --config a.yaml",
        "run --config ./dir-1/a_b.yaml --debug",
        "run --debug --watch --config a,b=c:d+e.yaml"
      })
  void understandsWhatPicocliUnderstands(String line) {
    ParseResult result = Main.commandLine().parseArgs(line.split(" "));
    RunCommand same = (RunCommand) result.subcommand().commandSpec().userObject();
    assertThat(parse(line)).isEqualTo(same.run());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "run",
        "run --config",
        "run --config --debug",
        "run --config=a.yaml",
        "run --config \"a.yaml\"",
        "run --config a.yaml --config b.yaml",
        "run --config a.yaml --debug --debug",
        "run --config a.yaml --help",
        "run --config a.yaml b.yaml",
        "run @arguments",
        "check --config a.yaml"
      })
  void leavesEverythingElseToPicocli(String line) {
    assertThat(parse(line)).isNull();
  }

  private static Run parse(String line) {
    return Run.parse(line.isEmpty() ? new String[0] : line.split(" "));
  }
}
