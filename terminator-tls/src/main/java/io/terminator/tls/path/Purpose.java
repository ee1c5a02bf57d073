package io.terminator.tls.path;

/** What the certificates of a path have to be good for. */
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
