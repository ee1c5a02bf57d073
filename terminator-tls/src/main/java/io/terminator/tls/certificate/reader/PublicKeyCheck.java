package io.terminator.tls.certificate.reader;

/**
 * What to make of the public half that an EC key's file states. Computing it from the private half
 * takes longer than all else about a certificate; a file that was cut or mixed up shows by the
 * stated half too, and one that was damaged just there BoringSSL refuses when the first client
 * comes.
 */
public enum PublicKeyCheck {
  /** Where something good may be replaced, or an operator waits for the verdict. */
  COMPUTED,
  /** Where there are very many to load, and nothing serves yet. */
  AS_STATED
}
