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

/** Files of addresses and networks: one per line, {@code #} begins a comment. Not for a worker. */
public final class BlockFile {
  private static final int MOST_NAMED = 5;

  private BlockFile() {}

  /** The exception message lists the problems by line, without the name of the file. */
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
    for (String line : new String(content, StandardCharsets.UTF_8).split("\n", -1)) {
      number++;
      int comment = line.indexOf('#');
      String text = (comment < 0 ? line : line.substring(0, comment)).strip();
      if (!text.isEmpty()) {
        try {
          blocks.add(Cidr.parse(text));
        } catch (IllegalArgumentException unfit) {
          // The content is not quoted: this may be the wrong file.
          problems.add("line " + number + " is neither an address nor a network");
        }
      }
    }
    if (!problems.isEmpty()) {
      int more = problems.size() - MOST_NAMED;
      throw new IOException(
          String.join("; ", problems.subList(0, Math.min(MOST_NAMED, problems.size())))
              + (more > 0 ? "; and " + more + " more" : ""));
    }
    return CidrSet.of(blocks);
  }
}
