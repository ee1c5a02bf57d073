package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext.Suite;
import io.terminator.load.wire.Exchange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All phases; counts are those of a full run. */
final class Phases {
  private static final Exchange ASK = Exchange.small(100, 100);
  private static final Exchange PAGE = Exchange.small(100, 16 * 1024);
  private static final Exchange DOWN = Exchange.small(100, 32 << 20);
  private static final Exchange UP = new Exchange((32 << 20) - Exchange.HEADER, 100);
  private static final long BULKS = 128;
  private static final long REQUESTS = 120_000;
  private static final String TWO = ", with two workers";

  private Phases() {}

  static List<Phase> all() {
    List<Phase> phases = new ArrayList<>();
    phases.add(
        visit(
            "hs13-ecdsa",
            "full TLS 1.3 handshake (ECDSA P-256), 1 request, close",
            false,
            4_000,
            1));
    phases.add(
        new VisitPhase(
            "hs13-rsa",
            "full TLS 1.3 handshake (RSA-2048), 1 request, close",
            true,
            Suite.TLS13_AES128,
            true,
            false,
            ASK,
            3_000,
            1));
    phases.add(
        new VisitPhase(
            "res13",
            "resumed TLS 1.3 (ticket, X25519), 1 request, close",
            true,
            Suite.TLS13_AES128,
            false,
            true,
            ASK,
            5_000,
            1));
    phases.add(
        new VisitPhase(
            "res12",
            "resumed TLS 1.2 (ticket), 1 request, close",
            true,
            Suite.TLS12_AES128,
            false,
            true,
            ASK,
            10_000,
            1));
    phases.add(
        new VisitPhase(
            "crc",
            "connect (full TLS 1.3, ECDSA), a 16 KiB answer, close",
            true,
            Suite.TLS13_AES128,
            false,
            false,
            PAGE,
            4_000,
            1));
    phases.add(bulk("down", "download, AES-128-GCM", true, Suite.TLS13_AES128, DOWN, 1));
    phases.add(bulk("up", "upload, AES-128-GCM", true, Suite.TLS13_AES128, UP, 1));
    phases.add(bulk("down-aes256", "download, AES-256-GCM", false, Suite.TLS12_AES256, DOWN, 1));
    phases.add(bulk("up-aes256", "upload, AES-256-GCM", false, Suite.TLS12_AES256, UP, 1));
    phases.add(bulk("down-chacha", "download, ChaCha20", false, Suite.TLS12_CHACHA20, DOWN, 1));
    phases.add(bulk("up-chacha", "upload, ChaCha20", false, Suite.TLS12_CHACHA20, UP, 1));
    phases.add(
        requests("req", "100 B request and answer on 64 kept connections", Suite.TLS13_AES128, 1));
    phases.add(new MemoryPhase());
    phases.add(new StormPhase(false));
    phases.add(new StormPhase(true));
    phases.add(bulk("plain-down", "the floor: download relayed without TLS", true, null, DOWN, 1));
    phases.add(bulk("plain-up", "the floor: upload relayed without TLS", true, null, UP, 1));
    phases.add(requests("plain-req", "the floor: 100 B requests relayed without TLS", null, 1));
    phases.add(
        visit("hs13-ecdsa-2w", "full TLS 1.3 handshake (ECDSA P-256)" + TWO, false, 6_000, 2));
    phases.add(bulk("down-2w", "download, AES-128-GCM" + TWO, true, Suite.TLS13_AES128, DOWN, 2));
    phases.add(
        requests("req-2w", "100 B requests on 64 kept connections" + TWO, Suite.TLS13_AES128, 2));
    phases.add(new StartPhase());
    return List.copyOf(phases);
  }

  private static Phase visit(String name, String what, boolean rsa, long count, int workers) {
    return new VisitPhase(name, what, true, Suite.TLS13_AES128, rsa, false, ASK, count, workers);
  }

  private static Phase bulk(
      String name,
      String what,
      boolean isDefault,
      @Nullable Suite suite,
      Exchange exchange,
      int workers) {
    return new KeptPhase(name, what, isDefault, suite, exchange, true, 4, BULKS, workers);
  }

  private static Phase requests(String name, String what, @Nullable Suite suite, int workers) {
    return new KeptPhase(name, what, true, suite, ASK, false, 64, REQUESTS, workers);
  }
}
