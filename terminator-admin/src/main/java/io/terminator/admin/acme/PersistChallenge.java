package io.terminator.admin.acme;

import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.toolbox.JSON;

/**
 * dns-persist-01 (draft-ietf-acme-dns-persist): the authority looks for a TXT record that names it
 * and our account. There is no token, so the record stays the same from order to order.
 */
final class PersistChallenge extends Challenge {
  @Serial private static final long serialVersionUID = 1L;

  static final String TYPE = "dns-persist-01";

  /** As in version 02 of the draft, and as before. */
  static final String ISSUERS = "issuerDomainNames";

  private static final String EARLIER_ISSUERS = "issuer-domain-names";

  private static final int MOST_ISSUERS = 10;

  PersistChallenge(Login login, JSON data) {
    super(login, data);
  }

  @Override
  protected boolean acceptable(String type) {
    return TYPE.equals(type);
  }

  /** The names of the authority, one of which the record must begin with. */
  List<String> issuers() {
    JSON json = getJSON();
    List<String> names =
        json.get(json.contains(ISSUERS) ? ISSUERS : EARLIER_ISSUERS).asArray().stream()
            .map(JSON.Value::asString)
            .toList();
    if (names.isEmpty() || names.size() > MOST_ISSUERS) {
      throw new AcmeProtocolException(
          TYPE + " with " + names.size() + " issuer domain names instead of 1 to " + MOST_ISSUERS);
    }
    return names;
  }

  /** The account that the record must name; null since version 02 of the draft. */
  @Nullable String accountUri() {
    return getJSON().get("accounturi").map(JSON.Value::asString).orElse(null);
  }
}
