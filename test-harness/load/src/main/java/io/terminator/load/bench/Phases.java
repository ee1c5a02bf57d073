package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext.Suite;
import io.terminator.load.subject.Setup;
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
    phases.add(
        new MemoryPhase(
            "mem",
            "resident memory per idle connection, between 1,000 and 5,000 of them",
            Setup.Kind.TLS,
            1_000,
            5_000,
            IdleCrowd::open));
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
    http(phases);
    return List.copyOf(phases);
  }

  private static void http(List<Phase> phases) {
    phases.add(
        new HttpPhase(
            "h1-req",
            "HTTP/1.1: 100 B responses on 64 kept connections",
            HttpPhase.Kind.REQUESTS,
            List.of("--h1", "-m", "1"),
            64,
            60_000,
            1));
    phases.add(
        new HttpPhase(
            "h2-req",
            "HTTP/2: 100 B responses on 8 connections with 10 streams each",
            HttpPhase.Kind.REQUESTS,
            List.of("-m", "10"),
            8,
            80_000,
            1));
    phases.add(
        new HttpPhase(
            "h2-down",
            "HTTP/2: download on 4 connections, stream window 1 MiB",
            HttpPhase.Kind.BYTES,
            List.of("-m", "1", "-w", "20", "-W", "24"),
            4,
            64,
            1));
    phases.add(
        new HttpPhase(
            "h2-visit",
            "HTTP/2: full TLS 1.3 handshake (ECDSA P-256), 1 request, close",
            HttpPhase.Kind.VISITS,
            List.of("-m", "1"),
            50,
            4_000,
            1));
    phases.add(
        new MemoryPhase(
            "h2-mem",
            "resident memory per idle HTTP/2 connection, between 500 and 2,500 of them",
            Setup.Kind.HTTP,
            500,
            2_500,
            IdleHttp::open));
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
