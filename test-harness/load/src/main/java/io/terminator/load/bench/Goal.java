package io.terminator.load.bench;

import java.util.List;

/**
 * Terminator's goals as a ratio of medians: to the best peer in Debian's packages, and the ratio
 * that also puts it ahead of HAProxy 3.5 with AWS-LC.
 */
record Goal(String phase, String work, double must, double ahead) {

  /** Compared with HAProxy relaying the same load without TLS, not with the same phase. */
  static final Goal FLOOR =
      new Goal("down", "download, beside haproxy relaying plain TCP", 1.20, 1.05);

  static List<Goal> all() {
    return List.of(
        new Goal("hs13-ecdsa", "full handshake, ECDSA P-256, TLS 1.3", 0.72, 0.55),
        new Goal("hs13-rsa", "full handshake, RSA-2048", 1.00, 0.78),
        new Goal("res13", "resumed, TLS 1.3", 0.75, 0.55),
        new Goal("res12", "resumed, TLS 1.2", 0.88, 0.75),
        new Goal("down", "download, per GiB", 0.75, 0.62),
        new Goal("up", "upload, per GiB", 0.95, 0.85),
        new Goal("req", "small request, kept connection", 0.95, 0.78),
        new Goal("mem", "memory per idle connection", 0.65, 0.48),
        new Goal("h1-req", "HTTP/1.1 request, kept connection", 0.80, 0.80),
        new Goal("h2-req", "HTTP/2 request, 10 streams", 0.80, 0.80),
        new Goal("h2-down", "HTTP/2 download, per GiB", 0.75, 0.75),
        new Goal("h2-visit", "full handshake with one HTTP/2 request", 0.90, 0.90),
        new Goal("h2-mem", "memory per idle HTTP/2 connection", 0.60, 0.60),
        new Goal("storm", "p99 of established connections in a handshake storm", 1.00, 0.50));
  }
}
