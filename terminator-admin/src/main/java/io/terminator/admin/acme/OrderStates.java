package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.managed.ManagedCertificates;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.exception.AcmeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stored states of all certificates' orders. The process that orders keeps them in memory too,
 * so that a pause holds even if it cannot be written. Thread-safe if one thread changes a name.
 */
final class OrderStates {
  private static final Logger LOG = LoggerFactory.getLogger(OrderStates.class);
  private static final Duration ASK_AFTER_FAILURE = Duration.ofHours(1);
  private static final String PREFIX = "order-";
  private static final String JSON = ".json";

  private final StateDocuments documents;
  private final Map<String, OrderState> known = new ConcurrentHashMap<>();

  OrderStates(StateDocuments documents) {
    this.documents = documents;
  }

  /** Reads everything again, when this process begins to order. */
  void reload() throws StateException {
    Map<String, OrderState> stored = read();
    known.clear();
    known.putAll(stored);
  }

  /** The states as they are stored, whoever orders. */
  Map<String, OrderState> read() throws StateException {
    Map<String, OrderState> stored = new TreeMap<>();
    for (String name : documents.names()) {
      if (name.startsWith(PREFIX) && name.endsWith(JSON)) {
        byte[] content = documents.read(name);
        try {
          if (content != null) {
            stored.put(
                name.substring(PREFIX.length(), name.length() - JSON.length()),
                OrderState.of(content));
          }
        } catch (IOException damaged) {
          LOG.warn("acme: {} in the state directory is ignored: {}", name, damaged.getMessage());
        }
      }
    }
    return stored;
  }

  /** In memory, for the process that orders. */
  Map<String, OrderState> all() {
    return Map.copyOf(known);
  }

  OrderState of(String certificate) {
    return known.getOrDefault(certificate, OrderState.NONE);
  }

  /** Remembers {@code state} even if the exception says that it is not stored. */
  void set(String certificate, OrderState state) throws StateException {
    known.put(certificate, state);
    documents.write(PREFIX + certificate + JSON, state.json());
  }

  /** Asks {@code client} when it wants {@code served} renewed, and stores the answer. */
  void propose(String certificate, Credential served, AcmeClient client, Instant now) {
    OrderState.Proposal known = of(certificate).proposal();
    OrderState.Proposal answer;
    try {
      answer = client.proposal(served, now);
    } catch (AcmeException | AcmeFailure | StateException | RuntimeException failure) {
      // The certificate is renewed by its lifetime then; an order would tell an operator.
      LOG.debug("certificate={}: no renewal information", certificate, failure);
      answer =
          new OrderState.Proposal(
              served.fingerprint(),
              known == null ? null : known.start(),
              known == null ? null : known.end(),
              null,
              now.plus(ASK_AFTER_FAILURE));
    }
    try {
      set(certificate, of(certificate).withProposal(answer));
    } catch (StateException unwritten) {
      LOG.debug("certificate={}: renewal information is not stored", certificate, unwritten);
    }
  }

  static int withinHour(Map<String, OrderState> states, Instant now) {
    return states.values().stream().mapToInt(state -> state.recent(now).size()).sum();
  }

  OrderRun.Journal journal(String certificate, ManagedCertificates certificates) {
    return new Stored(certificate, certificates);
  }

  private final class Stored implements OrderRun.Journal {
    private final String certificate;
    private final ManagedCertificates certificates;

    Stored(String certificate, ManagedCertificates certificates) {
      this.certificate = certificate;
      this.certificates = certificates;
    }

    @Override
    public @Nullable Credential served() {
      return certificates.find(certificate);
    }

    @Override
    public Loaded parse(byte[] chain, byte[] key) throws StateException {
      return certificates.parse(certificate, chain, key);
    }

    @Override
    public void keep(Loaded issued) throws StateException {
      certificates.put(issued);
    }

    @Override
    public OrderState state() {
      return of(certificate);
    }

    /** Nothing is begun that is not stored. */
    @Override
    public void save(OrderState state) throws StateException {
      documents.write(PREFIX + certificate + JSON, state.json());
      known.put(certificate, state);
    }

    @Override
    public String seal(KeyPair keys) {
      return documents.seal(PREFIX + certificate, Keys.encode(keys));
    }

    @Override
    public KeyPair unseal(String sealed) throws StateException, GeneralSecurityException {
      return Keys.decode(
          documents.unseal(PREFIX + certificate + JSON, PREFIX + certificate, sealed));
    }
  }
}
