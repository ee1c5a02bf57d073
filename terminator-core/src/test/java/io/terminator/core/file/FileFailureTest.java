package io.terminator.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFailureTest {
  @Test
  void saysWhatIsWrongWithoutANameOfJava(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThat(words(directory.resolve("none"))).isEqualTo("it does not exist");
    assertThat(words(file)).isEqualTo("it is not a directory");
    assertThat(FileFailure.words(new AccessDeniedException("/etc/shadow")))
        .isEqualTo("permission denied");
    assertThat(FileFailure.words(new IOException("No space left on device")))
        .isEqualTo("No space left on device");
    assertThat(FileFailure.words(new IOException())).isEqualTo("an input or output error");
  }

  private static String words(Path listed) {
    return FileFailure.words(
        catchThrowableOfType(IOException.class, () -> Files.newDirectoryStream(listed).close()));
  }
}
