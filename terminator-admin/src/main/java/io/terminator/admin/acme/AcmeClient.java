package io.terminator.admin.acme;

import io.terminator.admin.json.JsonObject;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Metadata;
import org.shredzone.acme4j.RenewalInfo;
import org.shredzone.acme4j.RevocationReason;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;
import org.shredzone.acme4j.toolbox.JSON;
import org.shredzone.acme4j.toolbox.JoseUtils;

/**
 * Our account at one authority. The account's key is stored before it is registered, so that a
 * crash does not leave an account behind that nobody has the key of. Thread-safe.
 */
final class AcmeClient {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  /** RFC 9773 section 4.3: without a Retry-After, and whatever it says. */
  private static final Duration PROPOSAL_KEPT = Duration.ofHours(6);

  private static final Duration SHORTEST_KEPT = Duration.ofMinutes(1);
  private static final Duration LONGEST_KEPT = Duration.ofDays(1);

  private static final Duration DIRECTORY_KEPT = Duration.ofHours(1);

  private final AuthorityConfig authority;
  private final List<String> contacts;
  private final @Nullable StateDocuments documents;
  private @Nullable BoundedHttpClient http;
  private @Nullable Login login;
  private @Nullable Account account;

  /** Without {@code documents}, the account is in memory only. */
  AcmeClient(AuthorityConfig authority, List<String> contacts, @Nullable StateDocuments documents) {
    this.authority = authority;
    this.contacts = contacts;
    this.documents = documents;
  }

  String directory() {
    return authority.directory().toString();
  }

  static String document(String directory) {
    byte[] digest = Credential.sha256(directory.getBytes(StandardCharsets.UTF_8));
    return "account-" + HexFormat.of().formatHex(digest, 0, 8) + ".json";
  }

  /** The Retry-After of the last answer to the calling thread, if it was an error. */
  synchronized @Nullable Instant retryAfter() {
    return http == null ? null : http.retryAfter();
  }

  /** Logs in with the stored account, or registers one. */
  synchronized Login login() throws AcmeException, StateException, AcmeFailure {
    Login known = login;
    if (known != null) {
      return known;
    }
    Account found = stored();
    if (found == null) {
      found = new Account(null, Keys.generate("EC", 256), List.of(), null);
      store(found);
    }
    Session session = session();
    Login made;
    if (found.url() == null || !found.contacts().equals(contacts)) {
      made = register(session, found.keys());
      found = new Account(made.getAccountLocation(), found.keys(), contacts, found.terms());
      store(found);
    } else {
      made = session.login(found.url(), found.keys());
    }
    login = made;
    account = found;
    return made;
  }

  /** Whether an account is stored, so that {@link #login} does not register one. */
  synchronized boolean isRegistered() throws StateException {
    Account found = stored();
    return found != null && found.url() != null;
  }

  /**
   * What the records for dns-persist-01 must say, according to the authority's directory and to
   * {@code challenge} if there is one. Stored, so that every process can show the records.
   */
  synchronized PersistTerms persistTerms(@Nullable PersistChallenge challenge)
      throws AcmeException, StateException, AcmeFailure {
    Login known = login();
    Metadata meta = known.getSession().getMetadata();
    List<String> advertised = names(meta, PersistChallenge.ISSUERS);
    List<String> ofCaa = names(meta, "caaIdentities");
    List<String> issuers = new ArrayList<>(advertised.isEmpty() ? ofCaa : advertised);
    String own = known.getAccountLocation().toString();
    if (challenge != null) {
      List<String> offered = challenge.issuers();
      if (!offered.containsAll(advertised)
          || !advertised.isEmpty() && !ofCaa.isEmpty() && !ofCaa.containsAll(offered)) {
        throw Faults.protocol(
            "the issuer domain names of the challenge, "
                + offered
                + ", contradict those of the directory, "
                + issuers);
      }
      String asked = challenge.accountUri();
      if (asked != null && !asked.equals(own)) {
        throw Faults.protocol(
            "the authority asks for a record of the account " + asked + " instead of " + own);
      }
      issuers.retainAll(offered);
      offered.stream().filter(each -> !issuers.contains(each)).forEach(issuers::add);
    }
    PersistTerms terms =
        new PersistTerms(
            issuers,
            meta.getJSON().get("accountHashPrefix").map(JSON.Value::asString).orElse(null),
            own,
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(JoseUtils.thumbprint(known.getKeyPair().getPublic())));
    Account stored = account;
    if (stored != null && !terms.equals(stored.terms())) {
      Account changed = new Account(stored.url(), stored.keys(), stored.contacts(), terms);
      store(changed);
      account = changed;
    }
    return terms;
  }

  private static List<String> names(Metadata meta, String field) {
    return meta.getJSON().get(field).asArray().stream()
        .map(each -> each.asString().toLowerCase(Locale.ROOT).replaceAll("\\.$", ""))
        .toList();
  }

  /** The proposal for when to renew {@code certificate}; {@code now} is the present time. */
  OrderState.Proposal proposal(Credential certificate, Instant now)
      throws AcmeException, StateException, AcmeFailure {
    String fingerprint = certificate.fingerprint();
    try {
      RenewalInfo info = login().bindRenewalInfo(certificate.leaf());
      Instant wish = info.fetch().orElse(now.plus(PROPOSAL_KEPT));
      return new OrderState.Proposal(
          fingerprint,
          info.getSuggestedWindowStart(),
          info.getSuggestedWindowEnd(),
          info.getExplanation().map(URL::toString).orElse(null),
          within(wish, now.plus(SHORTEST_KEPT), now.plus(LONGEST_KEPT)));
    } catch (AcmeNotSupportedException none) {
      return new OrderState.Proposal(fingerprint, null, null, null, now.plus(LONGEST_KEPT));
    }
  }

  private static Instant within(Instant wish, Instant least, Instant most) {
    return wish.isBefore(least) ? least : wish.isAfter(most) ? most : wish;
  }

  /** Revokes {@code certificate}, which this account has ordered. */
  void revoke(Credential certificate, boolean isCompromised) throws StateException, AcmeFailure {
    try {
      org.shredzone.acme4j.Certificate.revoke(
          login(),
          certificate.leaf(),
          isCompromised ? RevocationReason.KEY_COMPROMISE : RevocationReason.SUPERSEDED);
    } catch (AcmeException | RuntimeException failure) {
      throw Faults.of(failure, retryAfter());
    }
  }

  /**
   * Forgets the account, which the authority no longer knows. The next login registers a new one.
   */
  synchronized void forget() throws StateException {
    login = null;
    account = null;
    if (documents != null) {
      documents.delete(document(directory()));
    }
  }

  private record Account(
      @Nullable URL url, KeyPair keys, List<String> contacts, @Nullable PersistTerms terms) {}

  private @Nullable Account stored() throws StateException {
    String name = document(directory());
    byte[] content = documents == null ? null : documents.read(name);
    if (documents == null || content == null) {
      return null;
    }
    try {
      JsonObject root = JsonObject.parse(content);
      String url = root.text("url");
      return new Account(
          url == null ? null : new URL(url),
          Keys.decode(documents.unseal(name, name, root.requireText("key"))),
          root.texts("contacts"),
          terms(root));
    } catch (IOException | GeneralSecurityException damaged) {
      // Its key is lost, so a new account is made.
      return null;
    }
  }

  private static @Nullable PersistTerms terms(JsonObject root) throws IOException {
    JsonObject persist = root.object("dns-persist");
    String url = root.text("url");
    return persist == null || url == null
        ? null
        : new PersistTerms(
            persist.texts("issuers"),
            persist.text("hash-prefix"),
            url,
            persist.requireText("thumbprint"));
  }

  private void store(Account account) throws StateException {
    if (documents == null) {
      return;
    }
    String name = document(directory());
    JsonObject root =
        new JsonObject()
            .put("directory", directory())
            .put("url", account.url() == null ? null : account.url().toString())
            .put("key", documents.seal(name, Keys.encode(account.keys())))
            .put("contacts", account.contacts());
    PersistTerms terms = account.terms();
    if (terms != null) {
      root.put(
          "dns-persist",
          new JsonObject()
              .put("issuers", terms.issuers())
              .put("hash-prefix", terms.hashPrefix())
              .put("thumbprint", terms.thumbprint()));
    }
    documents.write(name, root.bytes());
  }

  /** For an account that exists, the authority returns it (RFC 8555 section 7.3.1). */
  private Login register(Session session, KeyPair keys) throws AcmeException {
    AccountBuilder builder = new AccountBuilder().useKeyPair(keys).agreeToTermsOfService();
    contacts.forEach(builder::addContact);
    AuthorityConfig.ExternalAccount external = authority.externalAccount();
    if (external != null) {
      builder.withKeyIdentifier(external.keyId(), external.hmacKey().reveal());
    }
    Login made = builder.createLogin(session);
    if (!contacts.isEmpty()
        && !made.getAccount().getContacts().equals(contacts.stream().map(URI::create).toList())) {
      var editable = made.getAccount().modify();
      editable.getContacts().clear();
      contacts.forEach(editable::addContact);
      editable.commit();
    }
    return made;
  }

  private Session session() throws AcmeFailure {
    BoundedHttpClient client = new BoundedHttpClient(plainClient(), ANSWER);
    http = client;
    return new Session(authority.directory(), new Authority(client));
  }

  private HttpClient plainClient() throws AcmeFailure {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(CONNECT);
    Path trust = authority.trust();
    if (trust != null) {
      builder.sslContext(trusting(trust));
    }
    return builder.build();
  }

  private static SSLContext trusting(Path file) throws AcmeFailure {
    try {
      KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
      anchors.load(null, null);
      for (Certificate each :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(BoundedFile.read(file, BoundedFile.LARGE)))) {
        anchors.setCertificateEntry("ca" + anchors.size(), each);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(anchors);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException unusable) {
      throw new AcmeFailure(
          Faults.STATE,
          "acme.trust: \""
              + file
              + "\" "
              + (unusable instanceof UnfitFileException unfit
                  ? unfit.getReason()
                  : "cannot be used: " + unusable.getMessage()),
          "name a PEM file with CA certificates",
          null,
          false,
          unusable);
    }
  }

  /** Any directory, whose content is kept for an hour: acme4j would fetch it for each request. */
  private static final class Authority extends GenericAcmeProvider {
    // Not an HttpClient: to verify that it is one, its classes would be loaded for a look at stored
    // accounts.
    private final BoundedHttpClient client;

    Authority(BoundedHttpClient client) {
      this.client = client;
    }

    @Override
    public HttpClient createHttpClient(NetworkSettings settings) {
      return client;
    }

    @Override
    public Challenge createChallenge(Login login, JSON data) {
      return data.get("type")
              .map(JSON.Value::asString)
              .filter(PersistChallenge.TYPE::equals)
              .isPresent()
          ? new PersistChallenge(login, data)
          : super.createChallenge(login, data);
    }

    @Override
    public @Nullable JSON directory(Session session, URI server) throws AcmeException {
      JSON fresh = super.directory(session, server);
      if (fresh != null && Optional.ofNullable(session.getDirectoryExpires()).isEmpty()) {
        session.setDirectoryExpires(ZonedDateTime.now().plus(DIRECTORY_KEPT));
      }
      return fresh;
    }
  }

  /** The stored accounts, for the API: directory, address and contacts. */
  static List<StoredAccount> accounts(StateDocuments documents) throws StateException {
    List<StoredAccount> accounts = new ArrayList<>();
    for (String name : documents.names()) {
      byte[] content = name.startsWith("account-") ? documents.read(name) : null;
      if (content != null) {
        try {
          JsonObject root = JsonObject.parse(content);
          accounts.add(
              new StoredAccount(
                  root.requireText("directory"),
                  root.text("url"),
                  root.texts("contacts"),
                  terms(root)));
        } catch (IOException damaged) {
          // The next order replaces it and says so.
          continue;
        }
      }
    }
    return accounts;
  }

  /** {@code url} is null before the registration. */
  record StoredAccount(
      String directory,
      @Nullable String url,
      List<String> contacts,
      @Nullable PersistTerms terms) {}

  /** Parses the address of a stored order. */
  static URL url(String text) throws AcmeFailure {
    try {
      return new URL(text);
    } catch (MalformedURLException damaged) {
      throw Faults.protocol("the stored order has no usable address: " + damaged.getMessage());
    }
  }
}
