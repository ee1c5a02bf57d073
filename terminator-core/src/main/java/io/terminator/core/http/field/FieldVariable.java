package io.terminator.core.http.field;

import org.jspecify.annotations.Nullable;

/** What a field value may contain besides text: the closed list of variables. */
public enum FieldVariable {
  CLIENT_ADDRESS("client.address"),
  CLIENT_PORT("client.port"),
  CERTIFICATE_SUBJECT("client.certificate.subject"),
  CERTIFICATE_FINGERPRINT("client.certificate.fingerprint"),
  SNI("tls.sni"),
  TLS_VERSION("tls.version"),
  CIPHER("tls.cipher"),
  GROUP("tls.group"),
  ALPN("tls.alpn"),
  JA4("tls.ja4"),
  REQUEST_ID("request.id");

  private final String label;

  FieldVariable(String label) {
    this.label = label;
  }

  /** As written in a configuration, between <code>${</code> and <code>}</code>. */
  public String label() {
    return label;
  }

  /** The variable of this name; null if there is none. */
  public static @Nullable FieldVariable of(String label) {
    for (FieldVariable variable : values()) {
      if (variable.label.equals(label)) {
        return variable;
      }
    }
    return null;
  }
}
