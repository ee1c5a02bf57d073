package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds certificates in a directory, in whatever layout the tool that wrote it uses:
 *
 * <pre>
 *   x.crt + x.key                       pairs (also .pem or .cer with .key)
 *   fullchain.pem + privkey.pem         certbot, here or in a directory of the name (live/NAME/)
 *   tls.crt + tls.key                   a Kubernetes Secret, through its ..data link
 *   x.pem with a key inside             HAProxy bundles, also x.pem.rsa and x.pem.ecdsa
 *   x.p12, x.pfx, x.jks                 key stores
 * </pre>
 *
 * Names and order are the same on every machine. Blocking; never on a worker.
 */
public final class CertificateDirectory {
  private static final int DEEPEST = 4;
  private static final int MOST_FILES = 200_000;
  private static final Set<String> STORES = Set.of("p12", "pfx", "jks");
  private static final Set<String> CHAINS = Set.of("crt", "cer", "pem");

  /** One certificate found, not yet read; {@code chain} and {@code key} may be the same file. */
  public record Found(String name, Path chain, Path key) {}

  private final Path root;
  private final List<Found> found = new ArrayList<>();
  private final List<CredentialProblem> problems = new ArrayList<>();
  private int files;

  private CertificateDirectory(Path root) {
    this.root = root;
  }

  /** What was found, and what was in the way. */
  public record Listing(List<Found> found, List<CredentialProblem> problems) {}

  public static Listing list(Path root) {
    CertificateDirectory directory = new CertificateDirectory(root);
    directory.visit(root, 0);
    return new Listing(List.copyOf(directory.found), List.copyOf(directory.problems));
  }

  private void visit(Path directory, int depth) {
    Map<String, Path> byName = new TreeMap<>();
    List<Path> below = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        // Kubernetes keeps the data of each moment in ..directories; what is meant are the links
        // beside them.
        if (name.startsWith(".")) {
          continue;
        }
        if (++files > MOST_FILES) {
          problems.add(
              new CredentialProblem(
                  Kind.TOO_MANY,
                  root.toString(),
                  "holds more than "
                      + MOST_FILES
                      + " files; the rest is left out. Expected certificates only"));
          return;
        }
        // Follows links; a link to itself is neither.
        if (Files.isDirectory(entry)) {
          below.add(entry);
        } else if (Files.isRegularFile(entry)) {
          byName.put(name, entry);
        }
      }
    } catch (IOException unreadable) {
      problems.add(
          new CredentialProblem(
              Kind.UNREADABLE,
              directory.toString(),
              "can't be listed: " + unreadable + "; expected a directory that this user may read"));
      return;
    }
    byName.forEach((name, file) -> consider(directory, name, file, byName));
    if (depth < DEEPEST) {
      below.sort(null);
      below.forEach(directoryBelow -> visit(directoryBelow, depth + 1));
    }
  }

  private void consider(Path directory, String name, Path file, Map<String, Path> beside) {
    int dot = name.lastIndexOf('.');
    String stem = dot < 0 ? name : name.substring(0, dot);
    String extension = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    if (STORES.contains(extension)) {
      add(directory, stem, file, file);
      return;
    }
    if (name.equals("fullchain.pem") && beside.containsKey("privkey.pem")) {
      add(directory, "", file, beside.get("privkey.pem"));
      return;
    }
    if (isCertbotPart(name) && beside.containsKey("fullchain.pem")) {
      return;
    }
    if (CHAINS.contains(extension)) {
      Path key = beside.get(stem + ".key");
      if (key == null) {
        key = beside.get(name + ".key");
      }
      if (key != null) {
        add(directory, stem, file, key);
      } else if (holdsKey(file)) {
        add(directory, stem, file, file);
      }
      return;
    }
    // HAProxy's bundles: one file an algorithm, told apart by the extension behind the first.
    if ((extension.equals("rsa") || extension.equals("ecdsa")) && holdsKey(file)) {
      add(directory, name, file, file);
    }
  }

  private static boolean isCertbotPart(String name) {
    return name.equals("cert.pem") || name.equals("chain.pem") || name.equals("privkey.pem");
  }

  private static boolean holdsKey(Path file) {
    try {
      if (Files.size(file) > SourceFile.MOST_BYTES) {
        // Let the loader say that it is too large.
        return true;
      }
      String text = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
      return text.contains("PRIVATE KEY-----") && text.contains("CERTIFICATE-----");
    } catch (IOException unreadable) {
      return true;
    }
  }

  private void add(Path directory, String stem, Path chain, @Nullable Path key) {
    if (key == null) {
      return;
    }
    String where = root.relativize(directory).toString();
    String name = where.isEmpty() ? stem : stem.isEmpty() ? where : where + "/" + stem;
    found.add(new Found(name.isEmpty() ? "certificate" : name, chain, key));
  }
}
