package io.terminator.admin.config;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.CidrSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Files of addresses and networks: one per line, {@code #} begins a comment. Not for a worker. */
public final class BlockFile {
  private static final int MOST_NAMED = 5;

  private BlockFile() {}

  /** The exception message lists the first problems by line, without the name of the file. */
  public static CidrSet read(Path file) throws IOException {
    try {
      return parse(BoundedFile.read(file, BoundedFile.LARGE));
    } catch (UnfitFileException unfit) {
      throw new IOException(unfit.getReason(), unfit);
    }
  }

  /** As above, for the content of a file. */
  public static CidrSet parse(byte[] content) throws IOException {
    List<Cidr> blocks = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    int number = 0;
    int end;
    for (int from = 0; from < content.length; from = end + 1) {
      end = lineEnd(content, from);
      number++;
      String line = new String(content, from, end - from, StandardCharsets.UTF_8);
      int comment = line.indexOf('#');
      String text = (comment < 0 ? line : line.substring(0, comment)).strip();
      Cidr block = text.isEmpty() ? null : blockOf(text);
      if (block != null) {
        blocks.add(block);
      } else if (!text.isEmpty() && problems.size() == MOST_NAMED) {
        // Perhaps the wrong file, with millions of such lines.
        problems.add("and more");
        break;
      } else if (!text.isEmpty()) {
        // The content is not quoted: this may be the wrong file.
        problems.add("line " + number + " is neither an address nor a network");
      }
    }
    if (!problems.isEmpty()) {
      throw new IOException(String.join("; ", problems));
    }
    return CidrSet.of(blocks);
  }

  /** The position of the next line break, or of the end. */
  private static int lineEnd(byte[] content, int from) {
    int end = from;
    while (end < content.length && content[end] != '\n') {
      end++;
    }
    return end;
  }

  private static @Nullable Cidr blockOf(String text) {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException unfit) {
      return null;
    }
  }
}
