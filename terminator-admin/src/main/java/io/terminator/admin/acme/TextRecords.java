package io.terminator.admin.acme;

import java.io.IOException;
import java.util.List;

/** Looks TXT records up in DNS. May wait. */
@FunctionalInterface
public interface TextRecords {
  /** The texts of {@code name}; empty if it has none. */
  List<String> of(String name) throws IOException, InterruptedException;
}
