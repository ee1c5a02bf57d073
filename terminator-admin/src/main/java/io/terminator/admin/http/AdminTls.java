package io.terminator.admin.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.file.UnfitFileException;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.reader.CertificateFiles;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.reader.WeakKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of the admin address, with the JDK's implementation, independent of the clients' TLS. Changed
 * files are read again at the next {@link #look} and apply to new connections; unusable files leave
 * the previous state in effect. Any thread.
 */
public final class AdminTls {
  private static final Logger LOG = LoggerFactory.getLogger(AdminTls.class);

  private final AdminTlsConfig config;
  private volatile SslContext context;
  private List<Object> stamps;

  private AdminTls(AdminTlsConfig config, SslContext context, List<Object> stamps) {
    this.config = config;
    this.context = context;
    this.stamps = stamps;
  }

  /** Reads the files; the exception message is written for the operator. */
  static AdminTls open(AdminTlsConfig config) throws IOException {
    List<Object> stamps = stamps(config);
    try {
      return new AdminTls(config, context(config), stamps);
    } catch (IOException unusable) {
      throw new IOException("admin.tls: " + unusable.getMessage(), unusable);
    }
  }

  /** Why these files cannot be used; null if they can. Blocking. */
  public static @Nullable String problem(AdminTlsConfig config) {
    try {
      context(config);
      return null;
    } catch (IOException unusable) {
      return unusable.getMessage();
    }
  }

  /** Reads changed files; blocking. */
  synchronized void look() {
    List<Object> now = stamps(config);
    if (now.equals(stamps)) {
      return;
    }
    stamps = now;
    try {
      context = context(config);
      LOG.info("admin.tls: {} and its key were read again", config.certificate());
    } catch (IOException unusable) {
      LOG.error("admin.tls: {}. What was there before stays in use", unusable.getMessage());
    }
  }

  SslHandler newHandler(ByteBufAllocator allocator) {
    return context.newHandler(allocator);
  }

  /** The subject of the verified client certificate; null if the client presented none. */
  static @Nullable String subject(SslHandler handler) {
    try {
      return ((X509Certificate) handler.engine().getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }

  private static SslContext context(AdminTlsConfig config) throws IOException {
    Loaded loaded =
        new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED)
            .load(new CertificateFiles("admin", config.certificate(), config.key()), 1);
    Credential credential = loaded.credential();
    if (credential == null) {
      throw new IOException(
          loaded.problems().stream()
              .map(CredentialProblem::message)
              .collect(Collectors.joining("; ")));
    }
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (byte[] der : credential.chain()) {
        chain.addAll(certificates(new ByteArrayInputStream(der)));
      }
      SslContextBuilder builder =
          SslContextBuilder.forServer(credential.key(), chain)
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .clientAuth(clientAuth(config));
      Path authorities = config.clientAuthorities();
      if (authorities != null) {
        builder.trustManager(authorities(authorities));
      }
      return builder.build();
    } catch (CertificateException unusable) {
      throw new IOException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private static ClientAuth clientAuth(AdminTlsConfig config) {
    return switch (config.clientAuth()) {
      case NONE -> ClientAuth.NONE;
      case OPTIONAL -> ClientAuth.OPTIONAL;
      case REQUIRED -> ClientAuth.REQUIRE;
    };
  }

  private static List<X509Certificate> authorities(Path file) throws IOException {
    List<X509Certificate> all;
    try {
      all = certificates(new ByteArrayInputStream(BoundedFile.read(file, BoundedFile.LARGE)));
    } catch (UnfitFileException unfit) {
      throw new IOException("client-ca: \"" + file + "\" " + unfit.getReason(), unfit);
    } catch (IOException unreadable) {
      throw new IOException(
          "client-ca: \"" + file + "\" cannot be read (" + FileFailure.words(unreadable) + ")",
          unreadable);
    } catch (CertificateException notPem) {
      all = List.of();
    }
    if (all.isEmpty()) {
      throw new IOException(
          "client-ca: \""
              + file
              + "\" holds no certificate. Expected certificates of authorities in PEM");
    }
    return all;
  }

  private static List<X509Certificate> certificates(InputStream in) throws CertificateException {
    return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
        .map(X509Certificate.class::cast)
        .toList();
  }

  private static List<Object> stamps(AdminTlsConfig config) {
    List<Object> stamps = new ArrayList<>();
    for (Path file : files(config)) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(List.of(found.lastModifiedTime(), found.size(), "" + found.fileKey()));
      } catch (IOException missing) {
        stamps.add("missing");
      }
    }
    return stamps;
  }

  private static List<Path> files(AdminTlsConfig config) {
    Path authorities = config.clientAuthorities();
    return authorities == null
        ? List.of(config.certificate(), config.key())
        : List.of(config.certificate(), config.key(), authorities);
  }
}
