package io.terminator.scenarios;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A key manager that sends its only certificate regardless of the authorities that the server
 * names.
 */
final class Insisting extends X509ExtendedKeyManager {
  private final X509ExtendedKeyManager keys;
  private final String alias;

  Insisting(KeyManagerFactory factory) {
    this.keys = (X509ExtendedKeyManager) factory.getKeyManagers()[0];
    String[] ec = keys.getClientAliases("EC", null);
    this.alias = ec != null ? ec[0] : keys.getClientAliases("RSA", null)[0];
  }

  @Override
  public String[] getClientAliases(String type, Principal[] issuers) {
    return new String[] {alias};
  }

  @Override
  public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
    return alias;
  }

  @Override
  public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
    return alias;
  }

  @Override
  public String[] getServerAliases(String type, Principal[] issuers) {
    return new String[0];
  }

  @Override
  public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
    return null;
  }

  @Override
  public X509Certificate[] getCertificateChain(String name) {
    return keys.getCertificateChain(name);
  }

  @Override
  public PrivateKey getPrivateKey(String name) {
    return keys.getPrivateKey(name);
  }
}
