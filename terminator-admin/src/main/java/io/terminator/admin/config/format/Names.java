package io.terminator.admin.config.format;

/** Kinds of names that are unique within one file and may be referred to. */
public enum Names {
  BACKEND("backend"),
  LISTENER("listener"),
  ADDRESS("address");

  private final String noun;

  Names(String noun) {
    this.noun = noun;
  }

  /** As in "no backend is named x". */
  public String noun() {
    return noun;
  }
}
