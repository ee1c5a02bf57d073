package io.terminator.tls.certificate.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Uses real files and the system's events; the poll interval is one hour, so that polling detects
 * nothing.
 */
class CertificateWatcherTest {
  private static final TestCa CA = TestCa.create();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final WatchSettings EVENTS_ONLY =
      new WatchSettings(Duration.ofMillis(50), Duration.ofHours(1), Duration.ofMillis(500));
  private static final WatchSettings POLL_ONLY =
      new WatchSettings(Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(500));

  @TempDir Path base;

  private final io.terminator.testkit.Credential first = CA.server("shop.example");
  private final io.terminator.testkit.Credential second = CA.server("shop.example");
  private Path root;
  private Certificates certificates;
  private CredentialStore store;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(base.resolve("certs"));
  }

  @AfterEach
  void close() {
    if (certificates != null) {
      certificates.close();
    }
  }

  @Test
  void seesAPairThatIsWrittenOver() throws IOException {
    write(root, first);
    watch(EVENTS_ONLY);

    write(root, second);

    awaitServed(second);
  }

  @Test
  void seesARenameIntoPlace() throws IOException {
    write(root, first);
    watch(EVENTS_ONLY);
    Path staging = Files.createDirectory(base.resolve("staging"));
    write(staging, second);

    for (String name : List.of("shop.key", "shop.crt")) {
      Files.move(
          staging.resolve(name),
          root.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }

    awaitServed(second);
  }

  @Test
  void seesTheLinkOfAMountedSecretSwap() throws IOException {
    mountSecret("..one", first);
    Files.createSymbolicLink(root.resolve("tls.crt"), Path.of("..data/tls.crt"));
    Files.createSymbolicLink(root.resolve("tls.key"), Path.of("..data/tls.key"));
    watch(EVENTS_ONLY);
    awaitServed(first);

    mountSecret("..two", second);
    awaitServed(second);

    mountSecret("..three", first);
    awaitServed(first);
  }

  /** Like the kubelet: a new directory, then one rename of the link to it. */
  private void mountSecret(String moment, io.terminator.testkit.Credential issued)
      throws IOException {
    Path data = Files.createDirectory(root.resolve(moment));
    Files.writeString(data.resolve("tls.crt"), issued.chainPem());
    Files.writeString(data.resolve("tls.key"), issued.keyPem());
    Path link = Files.createSymbolicLink(root.resolve("..data_tmp"), Path.of(moment));
    Files.move(link, root.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void seesAChangeWhereALinkLeads() throws IOException {
    Path elsewhere = Files.createDirectory(base.resolve("elsewhere"));
    write(elsewhere, first);
    Files.createSymbolicLink(root.resolve("shop.crt"), elsewhere.resolve("shop.crt"));
    Files.createSymbolicLink(root.resolve("shop.key"), elsewhere.resolve("shop.key"));
    watch(EVENTS_ONLY);

    write(elsewhere, second);

    awaitServed(second);
  }

  @Test
  void seesTheDirectoryVanishAndComeBack() throws IOException {
    write(root, first);
    watch(EVENTS_ONLY);
    Path away = base.resolve("away");

    Files.move(root, away);
    awaitProblem(Kind.MISSING_FILE);
    assertServed(first);
    Files.createDirectory(root);
    write(root, second);
    awaitServed(second);

    // The new directory is another inode and needs its own watch.
    write(root, first);
    awaitServed(first);
    assertThat(store.problems(Instant.now())).isEmpty();
  }

  @Test
  void seesADirectoryThatIsALinkSwap() throws IOException {
    Path one = Files.createDirectory(base.resolve("one"));
    Path two = Files.createDirectory(base.resolve("two"));
    write(one, first);
    write(two, second);
    Files.delete(root);
    Files.createSymbolicLink(root, one);
    watch(EVENTS_ONLY);
    awaitServed(first);

    Path next = Files.createSymbolicLink(base.resolve("next"), two);
    Files.move(next, root, StandardCopyOption.ATOMIC_MOVE);
    awaitServed(second);

    write(two, first);
    awaitServed(first);
  }

  @Test
  void seesNewDirectoriesAndWhatComesIntoThem() throws IOException {
    write(root, first);
    watch(EVENTS_ONLY);

    Path below = Files.createDirectory(root.resolve("blog"));
    io.terminator.testkit.Credential blog = CA.server("blog.example");
    write(below, blog);

    await().atMost(PATIENCE).until(() -> isServed("blog.example", blog));
    io.terminator.testkit.Credential renewed = CA.server("blog.example");
    write(below, renewed);
    await().atMost(PATIENCE).until(() -> isServed("blog.example", renewed));
  }

  @Test
  void waitsForTheOtherHalfOfAFile() throws IOException {
    write(root, first);
    watch(EVENTS_ONLY);
    String chain = second.chainPem();

    Files.writeString(root.resolve("shop.key"), second.keyPem());
    Files.writeString(root.resolve("shop.crt"), chain.substring(0, 300));
    awaitProblem(Kind.TRUNCATED);
    assertServed(first);
    Files.writeString(root.resolve("shop.crt"), chain);

    awaitServed(second);
    assertThat(store.problems(Instant.now())).isEmpty();
  }

  @Test
  void seesPermissionsChange() throws IOException {
    write(root, first);
    watch(EVENTS_ONLY);

    Files.setPosixFilePermissions(
        root.resolve("shop.key"), PosixFilePermissions.fromString("rw-r--r--"));
    awaitProblem(Kind.KEY_EXPOSED);
    Files.setPosixFilePermissions(
        root.resolve("shop.key"), PosixFilePermissions.fromString("rw-------"));

    await().atMost(PATIENCE).until(() -> store.problems(Instant.now()).isEmpty());
    assertServed(first);
  }

  @Test
  void dropsWhatIsDeletedAfterTheGrace() throws IOException {
    write(root, first);
    Path other = Files.createDirectory(root.resolve("other"));
    write(other, CA.server("blog.example"));
    watch(EVENTS_ONLY);

    Files.delete(root.resolve("shop.crt"));
    Files.delete(root.resolve("shop.key"));

    await()
        .atMost(PATIENCE)
        .until(() -> store.snapshot().find("shop.example", Instant.now()) == null);
    assertThat(store.credentials()).containsOnlyKeys("other~shop");
  }

  @Test
  void seesFilesOfAList() throws IOException {
    write(root, first);
    certificates = certificates(EVENTS_ONLY);
    store =
        certificates.store(
            new CertificatesConfig.Pairs(
                List.of(
                    new CertificatesConfig.Pair(
                        root.resolve("shop.crt"), root.resolve("shop.key"), null))),
            null);
    certificates.watch();
    assertServed(first);

    write(root, second);
    awaitServed(second);

    Files.delete(root.resolve("shop.key"));
    awaitProblem(Kind.MISSING_FILE);
    assertServed(second);
  }

  @Test
  void pollsWhereTheSystemSaysNothing() throws IOException {
    write(root, first);
    watch(POLL_ONLY);
    Path hidden = base.resolve("hidden");
    // No event is sent: the target is replaced behind two links.
    Files.createDirectory(hidden);
    write(Files.createDirectory(hidden.resolve("one")), first);
    write(Files.createDirectory(hidden.resolve("two")), second);
    Files.createSymbolicLink(hidden.resolve("now"), Path.of("one"));
    for (String name : List.of("shop.crt", "shop.key")) {
      Files.delete(root.resolve(name));
      Files.createSymbolicLink(root.resolve(name), hidden.resolve("now").resolve(name));
    }
    awaitServed(first);

    Path next = Files.createSymbolicLink(hidden.resolve("next"), Path.of("two"));
    Files.move(next, hidden.resolve("now"), StandardCopyOption.ATOMIC_MOVE);

    awaitServed(second);
  }

  @Test
  void reloadsAtOnceWhenAsked() throws IOException {
    write(root, first);
    certificates = certificates(EVENTS_ONLY);
    store = certificates.store(new CertificatesConfig.Directory(root), null);
    write(root, second);

    certificates.reload();

    assertServed(second);
  }

  private void watch(WatchSettings settings) {
    certificates = certificates(settings);
    store = certificates.store(new CertificatesConfig.Directory(root), null);
    certificates.watch();
    assertServed(first);
  }

  private static Certificates certificates(WatchSettings settings) {
    InstantSource clock = InstantSource.system();
    return new Certificates(
        new CredentialLoader(clock, WeakKeys.REFUSED),
        clock,
        settings,
        Certificates.UploadConfig.NONE);
  }

  private static void write(Path directory, io.terminator.testkit.Credential issued)
      throws IOException {
    Files.writeString(directory.resolve("shop.crt"), issued.chainPem());
    Path key = directory.resolve("shop.key");
    if (!Files.exists(key)) {
      Files.createFile(
          key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.writeString(key, issued.keyPem());
  }

  private void awaitServed(io.terminator.testkit.Credential issued) {
    await().atMost(PATIENCE).until(() -> isServed("shop.example", issued));
  }

  private void assertServed(io.terminator.testkit.Credential issued) {
    assertThat(isServed("shop.example", issued)).isTrue();
  }

  private boolean isServed(String host, io.terminator.testkit.Credential issued) {
    CredentialSet set = store.snapshot().find(host, Instant.now());
    X509Certificate leaf = issued.leaf();
    return set != null && set.credentials().get(0).leaf().equals(leaf);
  }

  private void awaitProblem(Kind kind) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                certificates.problems().stream()
                    .anyMatch(reported -> reported.problem().kind() == kind));
  }
}
