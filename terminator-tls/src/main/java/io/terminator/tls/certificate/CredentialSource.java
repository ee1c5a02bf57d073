package io.terminator.tls.certificate;

import io.terminator.core.setting.Secret;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A listener's certificates as its configuration names them, loaded again and again. What can't be
 * read any more keeps its last good content. Blocking; one thread at a time, never a worker.
 */
public final class CredentialSource {
  private final CertificatesConfig config;
  private Map<String, Credential> lastGood = Map.of();
  private List<CredentialProblem> problems = List.of();

  public CredentialSource(CertificatesConfig config) {
    this.config = config;
  }

  /** Reads everything; the order is the configuration's, a directory's by name. */
  public synchronized List<Credential> load(Instant now) {
    List<CredentialProblem> seen = new ArrayList<>();
    Map<String, Credential> good = new LinkedHashMap<>();
    for (Item item : items(seen)) {
      Loaded loaded =
          new CredentialLoader(InstantSource.fixed(now), WeakKeys.REFUSED)
              .load(
                  new CertificateFiles(item.name(), item.chain(), item.key(), item.password()), 1);
      seen.addAll(loaded.problems());
      Credential usable = loaded.credential();
      if (usable == null) {
        usable = lastGood.get(item.name());
      }
      if (usable != null) {
        good.put(item.name(), usable);
      }
    }
    reportShadows(good, seen);
    lastGood = good;
    problems = List.copyOf(seen);
    return List.copyOf(good.values());
  }

  /** What the last load found wrong. */
  public synchronized List<CredentialProblem> problems() {
    return problems;
  }

  private record Item(String name, Path chain, Path key, @Nullable Secret password) {}

  private List<Item> items(List<CredentialProblem> seen) {
    List<Item> items = new ArrayList<>();
    if (config instanceof CertificatesConfig.Directory directory) {
      CertificateDirectory.Listing listing = CertificateDirectory.list(directory.path());
      seen.addAll(listing.problems());
      for (CertificateDirectory.Found found : listing.found()) {
        items.add(new Item(found.name(), found.chain(), found.key(), null));
      }
      if (items.isEmpty() && !listing.problems().isEmpty()) {
        // The directory is gone or shut: what it held keeps serving until it is back.
        lastGood.forEach(
            (name, credential) -> {
              Path path = Path.of(credential.source());
              items.add(new Item(name, path, path, null));
            });
      }
    } else if (config instanceof CertificatesConfig.Pairs pairs) {
      for (CertificatesConfig.Pair pair : pairs.pairs()) {
        Secret password = pair.password();
        items.add(new Item(nameOf(pair.chain()), pair.chain(), pair.key(), password));
      }
    }
    return items;
  }

  private static String nameOf(Path chain) {
    String name = String.valueOf(chain.getFileName());
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? name : name.substring(0, dot);
  }

  /**
   * Two certificates of one algorithm for one name: which of them serves is settled by rule, and
   * said.
   */
  private static void reportShadows(Map<String, Credential> good, List<CredentialProblem> seen) {
    Map<String, Credential> first = new HashMap<>();
    for (Credential credential : good.values()) {
      for (String host : credential.hosts()) {
        Credential other = first.putIfAbsent(host + "/" + credential.keyKind(), credential);
        if (other != null && !other.fingerprint().equals(credential.fingerprint())) {
          seen.add(
              new CredentialProblem(
                  CredentialProblem.Kind.HOST_CLAIMED_TWICE,
                  credential.source(),
                  "and "
                      + other.source()
                      + " both answer for \""
                      + host
                      + "\"; the valid one that lasts longest serves. Remove the other"));
        }
      }
    }
  }
}
