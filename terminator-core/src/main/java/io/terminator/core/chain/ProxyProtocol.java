package io.terminator.core.chain;

/** Whether, and how, a backend is told whom it talks to: the PROXY protocol of HAProxy, before the client's first byte. */
public enum ProxyProtocol {
  OFF,
  /** One line of text: addresses and ports. */
  V1,
  /** Binary, with what is known of the client's TLS. */
  V2
}
