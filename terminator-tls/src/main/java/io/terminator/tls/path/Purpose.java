package io.terminator.tls.path;

/** The required purpose of the certificates in a path. */
public enum Purpose {
  TLS_CLIENT("1.3.6.1.5.5.7.3.2"),
  TLS_SERVER("1.3.6.1.5.5.7.3.1");

  private final String oid;

  Purpose(String oid) {
    this.oid = oid;
  }

  String oid() {
    return oid;
  }
}
