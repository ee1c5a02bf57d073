package io.terminator.admin.acme;

import io.terminator.tls.certificate.upload.StateException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeLazyLoadingException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;
import org.shredzone.acme4j.exception.AcmeServerException;
import org.shredzone.acme4j.exception.AcmeUserActionRequiredException;

/** Turns what went wrong into a type from a closed set, the authority's words and a remedy. */
final class Faults {
  static final String NETWORK = "network";
  static final String TIMEOUT = "timeout";
  static final String PROTOCOL = "protocol";
  static final String STATE = "state";
  static final String CERTIFICATE = "certificate";
  static final String CHALLENGE = "challenge";
  static final String HOOK = "hook";
  static final String RECORD = "record";
  static final String UNSUPPORTED = "unsupported";
  static final String OTHER = "other";

  private static final String PREFIX = "urn:ietf:params:acme:error:";

  private static final String REACH =
      "make the name point to this machine and let the authority reach the port that its challenge"
          + " uses: 443 for tls-alpn-01, 80 for http-01";

  private static final String ANEW = "nothing: the order is begun anew";

  /**
   * The problem types of RFC 8555 section 6.7, RFC 8739, RFC 9115, RFC 9773, RFC 9799 and
   * draft-ietf-acme-profiles, with the remedy.
   */
  private static final Map<String, String> FIXES =
      Map.ofEntries(
          Map.entry("accountDoesNotExist", "nothing: a new account is registered at the next try"),
          Map.entry("alreadyReplaced", "nothing: the next order does not name a predecessor"),
          Map.entry("alreadyRevoked", "nothing: it was revoked before"),
          Map.entry("autoRenewalCanceled", ANEW),
          Map.entry("autoRenewalCancellationInvalid", ANEW),
          Map.entry("autoRenewalExpired", ANEW),
          Map.entry(
              "autoRenewalRevocationNotSupported", "nothing: such certificates are not revoked"),
          Map.entry(
              "badCSR", "check the names and acme.key-type against what the authority issues"),
          Map.entry(
              "badNonce",
              "nothing, unless it lasts: then something between here and the"
                  + " authority caches its answers"),
          Map.entry("badPublicKey", "choose another acme.key-type"),
          Map.entry("badRevocationReason", "revoke without a reason"),
          Map.entry("badSignatureAlgorithm", "report it: the authority rejects ES256"),
          Map.entry("caa", "allow the authority in the CAA records of the name"),
          Map.entry("compound", "see the parts in the detail"),
          Map.entry("conflict", ANEW),
          Map.entry("connection", REACH),
          Map.entry("dns", "correct the name's records: the authority cannot resolve it"),
          Map.entry(
              "externalAccountRequired",
              "set acme.external-account to what the authority" + " gave you"),
          Map.entry(
              "incorrectResponse",
              "let the challenge reach this process: something else" + " answers on the port"),
          Map.entry("invalidContact", "correct acme.contact"),
          Map.entry("invalidProfile", "choose one of the authority's profiles in acme.profile"),
          Map.entry("malformed", "report it with the detail"),
          Map.entry(
              "onionCAARequired",
              "remove the name: the CAA records of onion services cannot be sent from here"),
          Map.entry("orderNotReady", "nothing: it is asked again"),
          Map.entry(
              "rateLimited",
              "wait: the next try respects the authority's limit. Use the"
                  + " staging directory for experiments"),
          Map.entry("rejectedIdentifier", "remove the name: the authority does not issue for it"),
          Map.entry("serverInternal", "nothing: the authority has a fault; it is tried again"),
          Map.entry(
              "tls",
              "let the TLS of the authority reach this listener unchanged: something"
                  + " in between terminates it"),
          Map.entry("unauthorized", "let the challenge reach this process, and check the account"),
          Map.entry("unknownDelegation", "report it: no delegation is asked for"),
          Map.entry("unsupportedContact", "use mailto: in acme.contact"),
          Map.entry(
              "unsupportedIdentifier",
              "remove the name, or choose an authority that issues" + " for such names"),
          Map.entry(
              "userActionRequired",
              "do what the authority asks for, usually to accept new" + " terms"));

  /** With these, the same order cannot succeed, however often it is asked for. */
  private static final Set<String> END_OF_ORDER =
      Set.of(
          "accountDoesNotExist",
          "alreadyReplaced",
          "autoRenewalCanceled",
          "autoRenewalCancellationInvalid",
          "autoRenewalExpired",
          "badCSR",
          "badPublicKey",
          "conflict",
          "invalidProfile",
          "malformed",
          "onionCAARequired",
          "rejectedIdentifier",
          "unauthorized",
          "unknownDelegation",
          "unsupportedIdentifier");

  private static final Set<String> TYPES = types();

  private Faults() {}

  private static Set<String> types() {
    Set<String> all = new TreeSet<>(FIXES.keySet());
    all.addAll(
        Set.of(
            NETWORK,
            TIMEOUT,
            PROTOCOL,
            STATE,
            CERTIFICATE,
            CHALLENGE,
            HOOK,
            RECORD,
            UNSUPPORTED,
            OTHER));
    return Set.copyOf(all);
  }

  /** Every type that a failure can have. */
  static Set<String> all() {
    return TYPES;
  }

  /** {@code retryAfter} is the header of the last answer, if it had one. */
  static AcmeFailure of(Exception failure, @Nullable Instant retryAfter) {
    Throwable cause = failure instanceof AcmeLazyLoadingException ? failure.getCause() : failure;
    if (cause instanceof AcmeRateLimitedException limited) {
      return of(limited.getProblem(), limited.getRetryAfter().orElse(retryAfter), limited);
    }
    if (cause instanceof AcmeUserActionRequiredException action) {
      AcmeFailure plain = of(action.getProblem(), retryAfter, action);
      String where = action.getProblem().getInstance().map(uri -> ": " + uri).orElse("");
      return new AcmeFailure(
          plain.type(),
          plain.detail() + where,
          plain.fix(),
          retryAfter,
          plain.isOrderLost(),
          action);
    }
    if (cause instanceof AcmeServerException server) {
      return of(server.getProblem(), retryAfter, server);
    }
    if (cause instanceof AcmeNotSupportedException unsupported) {
      return new AcmeFailure(
          UNSUPPORTED,
          String.valueOf(unsupported.getMessage()),
          "remove the setting that asks for it, such as acme.profile, or choose another authority",
          null,
          false,
          unsupported);
    }
    if (cause instanceof StateException state) {
      return of(state);
    }
    if (cause instanceof AcmeNetworkException network) {
      return network(network, retryAfter);
    }
    String text =
        cause == null || cause.getMessage() == null
            ? "an answer that the client cannot read"
            : cause.getMessage();
    if (cause instanceof AcmeProtocolException || cause instanceof RuntimeException) {
      return new AcmeFailure(
          PROTOCOL,
          "the answer is not ACME: " + text,
          "check acme.directory; if it is right, the authority has a fault, and it is tried again",
          retryAfter,
          false,
          cause);
    }
    return new AcmeFailure(
        cause instanceof AcmeException && text.startsWith("HTTP 5") ? "serverInternal" : PROTOCOL,
        text,
        "check acme.directory; if it is right, the authority has a fault, and it is tried again",
        retryAfter,
        false,
        cause);
  }

  static AcmeFailure of(StateException state) {
    return new AcmeFailure(
        STATE,
        String.valueOf(state.getMessage()),
        "make state-dir writable, with free space; the order continues where it was",
        null,
        false,
        state);
  }

  private static AcmeFailure network(AcmeNetworkException network, @Nullable Instant retryAfter) {
    Throwable cause = network.getCause() == null ? network : network.getCause();
    boolean isLate = cause instanceof HttpTimeoutException;
    String text =
        cause instanceof ConnectException || cause.getMessage() == null
            ? "no connection to the authority: "
                + (cause.getMessage() == null
                    ? "the connection was refused, or the host does not resolve"
                    : cause.getMessage())
            : cause instanceof UnknownHostException
                ? "the authority's name cannot be resolved: " + cause.getMessage()
                : cause.getMessage();
    return new AcmeFailure(
        isLate ? TIMEOUT : NETWORK,
        text,
        cause instanceof SSLException
            ? "name the authority's CA certificate in acme.trust if it is not a public one"
            : "let this machine reach the authority; the last certificate stays in service",
        retryAfter,
        false,
        network);
  }

  /** What the authority wrote, as for an invalid challenge or order. */
  static AcmeFailure of(Problem problem, @Nullable Instant retryAfter, @Nullable Throwable cause) {
    String type = type(problem);
    StringBuilder detail = new StringBuilder(words(problem));
    String fix = FIXES.getOrDefault(type, "see the authority's own words");
    StringBuilder fixes = new StringBuilder();
    boolean isOrderLost = END_OF_ORDER.contains(type);
    // RFC 8555 section 6.7.1: each part is about one identifier.
    for (Problem part : problem.getSubProblems()) {
      String partType = type(part);
      String name = part.getIdentifier().map(each -> each.getValue() + ": ").orElse("");
      detail.append("; ").append(name).append(partType).append(": ").append(words(part));
      String partFix = FIXES.get(partType);
      if (partFix != null) {
        fixes.append(fixes.isEmpty() ? "" : "; ").append(name).append(partFix);
      }
      isOrderLost |= END_OF_ORDER.contains(partType);
    }
    return new AcmeFailure(
        type,
        printable(detail.toString()),
        fixes.isEmpty() ? fix : printable(fixes.toString()),
        retryAfter,
        isOrderLost,
        cause);
  }

  private static String type(Problem problem) {
    String whole = problem.getType().toString();
    String type = whole.startsWith(PREFIX) ? whole.substring(PREFIX.length()) : OTHER;
    return FIXES.containsKey(type) ? type : OTHER;
  }

  private static String words(Problem problem) {
    return problem.getDetail().or(problem::getTitle).orElse(problem.getType().toString());
  }

  /** The text comes from the network and goes to logs. */
  private static String printable(String text) {
    String clean = text.replaceAll("[\\p{Cntrl}]", " ");
    return clean.length() <= 1000 ? clean : clean.substring(0, 1000) + "...";
  }

  static AcmeFailure timeout(String what) {
    return new AcmeFailure(
        TIMEOUT,
        what,
        "nothing: the same order is asked for again; if it lasts, see the authority's status page",
        null,
        false,
        null);
  }

  static AcmeFailure protocol(String what) {
    return new AcmeFailure(
        PROTOCOL, what, "report it to the authority; the order is begun anew", null, true, null);
  }
}
