package io.terminator.tls.client;

import io.terminator.tls.path.Anchors;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A CRL in {@code file} that is used, but not fully effective. {@code date} is when it expired or
 * becomes valid; null if the kind has no date.
 */
public record CrlProblem(Kind kind, Path file, String issuer, @Nullable Instant date) {
  /** What is wrong with the CRL. */
  public enum Kind {
    /** Its {@code nextUpdate} has passed. */
    EXPIRED,
    /** Its {@code thisUpdate} is in the future. */
    NOT_YET_VALID,
    /** Keys of its issuer are known, and none of them has signed it. */
    FOREIGN,
    /** A delta CRL without the complete CRL that it changes. */
    WITHOUT_BASE,
    /** Its issuer is not among the trusted CAs and not an intermediate that a client has sent. */
    UNMATCHED
  }

  static List<CrlProblem> of(
      Path file, RevocationList list, Revocations revocations, Anchors anchors, Instant now) {
    List<CrlProblem> problems = new ArrayList<>();
    X500Principal issuer = list.issuer();
    // What a newer list replaces may be old.
    Date next = revocations.isSuperseded(list) ? null : list.nextUpdate();
    if (next != null && next.toInstant().isBefore(now)) {
      problems.add(new CrlProblem(Kind.EXPIRED, file, issuer.getName(), next.toInstant()));
    }
    Instant from = list.thisUpdate().toInstant();
    if (from.isAfter(now)) {
      problems.add(new CrlProblem(Kind.NOT_YET_VALID, file, issuer.getName(), from));
    }
    if (!revocations.isSuperseded(list) && revocations.lacksBase(list)) {
      problems.add(new CrlProblem(Kind.WITHOUT_BASE, file, issuer.getName(), null));
    }
    if (revocations.isForeign(list)) {
      problems.add(new CrlProblem(Kind.FOREIGN, file, issuer.getName(), null));
    } else if (anchors.keysOf(issuer).isEmpty() && revocations.keysOf(issuer).isEmpty()) {
      problems.add(new CrlProblem(Kind.UNMATCHED, file, issuer.getName(), null));
    }
    return problems;
  }

  /** With file, issuer, date and consequence. */
  public String finding() {
    String list = "\"" + file + "\" has a CRL of \"" + issuer + "\" that ";
    return list
        + switch (kind) {
          case EXPIRED ->
              "expired at " + date + ": its entries stay revoked, later revocations are unknown";
          case NOT_YET_VALID -> "is not valid before " + date + ": its entries are revoked already";
          case FOREIGN -> "is not signed by a known key of this issuer: it revokes nothing";
          case WITHOUT_BASE ->
              "is a delta CRL, and the complete CRL before it is missing or too old: its entries are"
                  + " revoked, those that only the complete CRL has are not";
          case UNMATCHED ->
              "is not from a CA in ca: it applies only to clients that send an intermediate CA"
                  + " certificate with this name, whose key has signed the CRL";
        };
  }

  /** The way out, as an imperative. */
  public String remedy() {
    return switch (kind) {
      case EXPIRED -> "fetch the current CRL";
      case NOT_YET_VALID -> "correct the clock of this machine or of the CA";
      case FOREIGN -> "fetch the CRL that the issuer's current key signs";
      case WITHOUT_BASE -> "add the current complete CRL to crl";
      case UNMATCHED -> "remove it unless it is from an intermediate below a CA in ca";
    };
  }
}
