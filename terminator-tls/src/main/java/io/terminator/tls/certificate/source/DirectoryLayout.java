package io.terminator.tls.certificate.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Groups the files of one directory into credentials, only by their names:
 *
 * <pre>
 *   tls.crt, tls.key                          a Kubernetes Secret: one credential, named after the directory
 *   fullchain.pem, privkey.pem                certbot: the same
 *   fullchain.cer, NAME.key                   acme.sh: the same
 *   x.crt (.cer, .cert, .pem) with x.key      a pair; also x.crt.key, x-key.pem, x_key.pem, x.key.pem
 *   x.pem (.crt, .cer, .cert) alone           a bundle with its key inside
 *   x.rsa, x.ecdsa                            HAProxy's bundles, each a credential
 *   x.p12, x.pfx, x.jks                       a key store
 *   x.password                                decrypts the key or the key store of x
 *   x.key-password                            decrypts the key in the key store of x, if it has its own password
 * </pre>
 */
final class DirectoryLayout {
  /** The stem of a credential that is named after its directory. */
  static final String DIRECTORY = "";

  private static final List<String> CHAIN_ENDINGS = List.of(".crt", ".cer", ".cert", ".pem");
  private static final List<String> KEY_ENDINGS =
      List.of(
          ".crt.key",
          ".cer.key",
          ".cert.key",
          ".pem.key",
          ".key",
          "-key.pem",
          "_key.pem",
          ".key.pem");
  private static final List<String> STORE_ENDINGS =
      List.of(".p12", ".pfx", ".jks", ".jceks", ".keystore", ".bks", ".bcfks");
  private static final List<String> BUNDLE_ENDINGS = List.of(".rsa", ".ecdsa");
  private static final String PASSWORD_ENDING = ".password";
  private static final String KEY_PASSWORD_ENDING = ".key-password";
  private static final String ACME_SH = "fullchain.cer";

  private enum Part {
    CHAIN,
    KEY,
    STORE,
    PASSWORD,
    KEY_PASSWORD
  }

  private record Role(String stem, Part part) {}

  /** The files of one credential; {@code ignored} files claim the same name and are not used. */
  record Pairing(
      String stem,
      String chain,
      String key,
      @Nullable String password,
      @Nullable String keyPassword,
      List<String> ignored) {
    Pairing(String stem, String chain, String key, List<String> ignored) {
      this(stem, chain, key, null, null, ignored);
    }
  }

  private DirectoryLayout() {}

  /** Returns pairings in the order of their stems. */
  static List<Pairing> pairings(Set<String> names) {
    List<Pairing> pairings = new ArrayList<>();
    Set<String> used = new HashSet<>();
    Pairing whole = wholeDirectory(names, used);
    Map<String, Parts> stems = new HashMap<>();
    for (String name : names) {
      Role role = used.contains(name) ? null : role(name);
      if (role != null) {
        stems.computeIfAbsent(role.stem(), stem -> new Parts()).add(role.part(), name);
      }
    }
    stems.forEach(
        (stem, parts) -> {
          Pairing pairing = pairing(stem, parts);
          if (pairing != null) {
            pairings.add(pairing);
          }
        });
    if (whole != null) {
      pairings.add(whole);
    }
    pairings.sort(Comparator.comparing(Pairing::stem));
    return pairings;
  }

  private static @Nullable Pairing wholeDirectory(Set<String> names, Set<String> used) {
    boolean isSecret = names.contains("tls.crt") && names.contains("tls.key");
    boolean isCertbot = names.contains("fullchain.pem") && names.contains("privkey.pem");
    if (isSecret) {
      // cert-manager stores the same key in key stores next to it.
      names.stream()
          .filter(name -> name.matches("tls\\.(crt|key)|ca\\.crt|(key|trust)store\\..*"))
          .forEach(used::add);
    }
    if (isCertbot) {
      used.addAll(Set.of("fullchain.pem", "privkey.pem", "cert.pem", "chain.pem"));
    }
    if (isSecret) {
      List<String> ignored = isCertbot ? List.of("fullchain.pem") : List.of();
      return new Pairing(DIRECTORY, "tls.crt", "tls.key", ignored);
    }
    return isCertbot
        ? new Pairing(DIRECTORY, "fullchain.pem", "privkey.pem", List.of())
        : acmeSh(names, used);
  }

  private static @Nullable Pairing acmeSh(Set<String> names, Set<String> used) {
    List<String> keys =
        names.contains(ACME_SH)
            ? names.stream().filter(name -> name.endsWith(".key")).limit(2).toList()
            : List.of();
    if (keys.size() != 1) {
      return null;
    }
    String key = keys.get(0);
    String stem = key.substring(0, key.length() - 4);
    used.addAll(List.of(ACME_SH, key, stem + ".cer", "ca.cer"));
    return new Pairing(DIRECTORY, ACME_SH, key, List.of());
  }

  /** The file names of one stem; most stems have only a chain and a key. */
  private static final class Parts {
    private List<String> chains = List.of();
    private List<String> keys = List.of();
    private List<String> stores = List.of();
    private List<String> passwords = List.of();
    private List<String> keyPasswords = List.of();

    void add(Part part, String name) {
      switch (part) {
        case CHAIN -> chains = with(chains, name);
        case KEY -> keys = with(keys, name);
        case STORE -> stores = with(stores, name);
        case PASSWORD -> passwords = with(passwords, name);
        case KEY_PASSWORD -> keyPasswords = with(keyPasswords, name);
      }
    }

    private static List<String> with(List<String> names, String name) {
      if (names.isEmpty()) {
        return List.of(name);
      }
      List<String> more = new ArrayList<>(names);
      more.add(name);
      return more;
    }
  }

  private static @Nullable Pairing pairing(String stem, Parts parts) {
    List<String> chains = byRank(parts.chains, CHAIN_ENDINGS);
    List<String> keys = byRank(parts.keys, KEY_ENDINGS);
    List<String> stores = byRank(parts.stores, STORE_ENDINGS);
    if (chains.isEmpty() && keys.isEmpty() && stores.isEmpty()) {
      return null;
    }
    List<String> ignored = new ArrayList<>();
    String chain;
    String key;
    if (chains.isEmpty() && keys.isEmpty()) {
      chain = stores.get(0);
      key = chain;
      ignored.addAll(stores.subList(1, stores.size()));
    } else {
      // Half of a pair stays a pair, so that the missing file is reported or awaited.
      chain = chains.isEmpty() ? stem + ".crt" : chains.get(0);
      key = keys.isEmpty() ? chain : keys.get(0);
      ignored.addAll(chains.isEmpty() ? chains : chains.subList(1, chains.size()));
      ignored.addAll(keys.isEmpty() ? keys : keys.subList(1, keys.size()));
      ignored.addAll(stores);
    }
    return new Pairing(
        stem, chain, key, firstOf(parts.passwords), firstOf(parts.keyPasswords), ignored);
  }

  private static @Nullable String firstOf(List<String> names) {
    return names.isEmpty() ? null : names.get(0);
  }

  private static List<String> byRank(List<String> names, List<String> endings) {
    if (names.size() < 2) {
      return names;
    }
    List<String> ranked = new ArrayList<>(names);
    ranked.sort(
        (one, other) -> {
          int rank = Integer.compare(rank(one, endings), rank(other, endings));
          return rank != 0 ? rank : one.compareTo(other);
        });
    return ranked;
  }

  private static int rank(String name, List<String> endings) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (int i = 0; i < endings.size(); i++) {
      if (lower.endsWith(endings.get(i))) {
        return i;
      }
    }
    return endings.size();
  }

  private static @Nullable Role role(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(PASSWORD_ENDING)) {
      return role(name, PASSWORD_ENDING, Part.PASSWORD);
    }
    if (lower.endsWith(KEY_PASSWORD_ENDING)) {
      return role(name, KEY_PASSWORD_ENDING, Part.KEY_PASSWORD);
    }
    for (String ending : BUNDLE_ENDINGS) {
      if (lower.endsWith(ending)) {
        return new Role(name, Part.CHAIN);
      }
    }
    for (String ending : KEY_ENDINGS) {
      if (lower.endsWith(ending)) {
        return role(name, ending, Part.KEY);
      }
    }
    for (String ending : STORE_ENDINGS) {
      if (lower.endsWith(ending)) {
        return role(name, ending, Part.STORE);
      }
    }
    for (String ending : CHAIN_ENDINGS) {
      if (lower.endsWith(ending)) {
        return role(name, ending, Part.CHAIN);
      }
    }
    return null;
  }

  private static @Nullable Role role(String name, String ending, Part part) {
    return name.length() == ending.length()
        ? null
        : new Role(name.substring(0, name.length() - ending.length()), part);
  }

  /**
   * The stem that a file name belongs to if its directory is not itself a credential; null if there
   * is none.
   */
  static @Nullable String stemOf(String name) {
    Role role =
        name.matches("(tls|fullchain|privkey|cert|chain|ca)\\..*|.*\\.cer") ? null : role(name);
    return role == null ? null : role.stem();
  }

  /** All names that a file of this stem may have. */
  static List<String> namesOf(String stem) {
    List<String> names = new ArrayList<>();
    for (List<String> endings :
        List.of(
            CHAIN_ENDINGS,
            KEY_ENDINGS,
            STORE_ENDINGS,
            List.of(PASSWORD_ENDING, KEY_PASSWORD_ENDING))) {
      for (String ending : endings) {
        names.add(stem + ending);
      }
    }
    if (BUNDLE_ENDINGS.stream().anyMatch(stem.toLowerCase(Locale.ROOT)::endsWith)) {
      names.add(stem);
    }
    return names;
  }
}
