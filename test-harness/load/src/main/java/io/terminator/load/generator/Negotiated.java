package io.terminator.load.generator;

import java.util.Arrays;

/** The negotiated parameters, and the certificate that the server presented (DER). */
public record Negotiated(String version, String cipher, String group, byte[] certificate) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Negotiated that
        && version.equals(that.version)
        && cipher.equals(that.cipher)
        && group.equals(that.group)
        && Arrays.equals(certificate, that.certificate);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(certificate);
  }

  @Override
  public String toString() {
    return version + " " + cipher + " " + group;
  }
}
