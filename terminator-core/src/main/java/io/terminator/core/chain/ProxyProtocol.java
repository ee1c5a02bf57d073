package io.terminator.core.chain;

/**
 * Whether and how a backend learns the client's address: the PROXY protocol of HAProxy, before the
 * client's first byte.
 */
public enum ProxyProtocol {
  OFF,
  /** One line of text: addresses and ports. */
  V1,
  /** Binary, with details of the client's TLS. */
  V2
}
