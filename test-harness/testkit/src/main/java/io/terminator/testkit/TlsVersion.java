package io.terminator.testkit;

import java.util.List;

/** The TLS versions that a JDK client can speak. */
public enum TlsVersion {
  TLS_1_2("TLSv1.2"),
  TLS_1_3("TLSv1.3");

  private final String jdkName;

  TlsVersion(String jdkName) {
    this.jdkName = jdkName;
  }

  /** The JDK's name, for example {@code TLSv1.3}. */
  public String jdkName() {
    return jdkName;
  }

  static String[] jdkNames(List<TlsVersion> versions) {
    return versions.stream().map(TlsVersion::jdkName).toArray(String[]::new);
  }
}
