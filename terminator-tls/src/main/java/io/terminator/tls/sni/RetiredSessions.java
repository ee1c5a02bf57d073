package io.terminator.tls.sni;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.store.CredentialSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The certificates whose sessions are not resumed any more. A session belongs to a context, which
 * is another one for such a certificate: that of its present content, so that replicas with the
 * same certificate agree on it. Any thread.
 */
public final class RetiredSessions {
  private static final String USUAL = "terminator";

  private final Map<String, String> contexts = new ConcurrentHashMap<>();
  private final List<Identities> listeners = new CopyOnWriteArrayList<>();

  /**
   * Sessions that began with a certificate of this {@code name} are not resumed any more; later
   * ones are. {@code present} is any text that is different when the certificate is.
   */
  public void retire(String name, String present) {
    String next = USUAL + "-" + present.substring(0, Math.min(16, present.length()));
    contexts.merge(name, next, RetiredSessions::another);
    listeners.forEach(each -> each.rebuild(name));
  }

  /** The certificate is the same as when it was retired before: {@code next} is in use. */
  private static String another(String before, String next) {
    if (!before.startsWith(next)) {
      return next;
    }
    String count = before.substring(next.length());
    return next + "-" + (count.isEmpty() ? 2 : Integer.parseInt(count.substring(1)) + 1);
  }

  String context(CredentialSet set) {
    if (contexts.isEmpty()) {
      return USUAL;
    }
    for (Credential credential : set.credentials()) {
      String context = contexts.get(credential.name());
      if (context != null) {
        return context;
      }
    }
    return USUAL;
  }

  void add(Identities identities) {
    listeners.add(identities);
  }

  void remove(Identities identities) {
    listeners.remove(identities);
  }
}
