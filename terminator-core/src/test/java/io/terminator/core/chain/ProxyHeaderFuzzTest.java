package io.terminator.core.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.terminator.core.chain.ProxyHeaderDecoder.Outcome;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The decoder answers any input, its answer does not depend on the segmentation of the input, and
 * the client that it returns can be passed on. The build runs the inputs kept in the resources. To
 * fuzz: {@code JAZZER_FUZZ=1 mvn -pl terminator-core -am test -Dtest=ProxyHeaderFuzzTest#decode
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ProxyHeaderFuzzTest {
  private static final int PIECES = 16;

  @FuzzTest(maxDuration = "10m")
  void decode(byte[] sent) {
    ProxyHeaderDecoder whole = new ProxyHeaderDecoder();
    Outcome outcome = whole.decode(ByteBuffer.wrap(sent), sent.length);
    Outcome inPieces = Outcome.NEED_MORE;
    ProxyHeaderDecoder patient = new ProxyHeaderDecoder();
    int step = Math.max(1, sent.length / PIECES);
    for (int there = 0;
        inPieces == Outcome.NEED_MORE;
        there = Math.min(there + step, sent.length)) {
      inPieces = patient.decode(ByteBuffer.wrap(sent), there);
      if (there == sent.length) {
        break;
      }
    }
    assertThat(inPieces).isEqualTo(outcome);
    if (outcome == Outcome.REFUSED) {
      assertThat(whole.problem()).isNotBlank();
    } else if (outcome == Outcome.COMPLETE) {
      assertThat(whole.length()).isBetween(15, sent.length).isEqualTo(patient.length());
      assertThat(whole.length()).isLessThanOrEqualTo(ProxyHeaderDecoder.MOST);
      assertCanBePassedOn(whole.proxiedClient());
    }
  }

  private static void assertCanBePassedOn(ProxiedClient proxiedClient) {
    InetSocketAddress source = proxiedClient.source();
    InetSocketAddress destination = proxiedClient.destination();
    if (source == null || destination == null) {
      return;
    }
    byte[] ours =
        new ProxyHeader(source, destination, Protection.NONE, "1", proxiedClient.tlvs())
            .toVersion2(
                new ProxyTlvConfig(
                    ProxyTlvConfig.DEFAULT.own(), true, false, ProxyTlvConfig.NO_LIMIT));
    ProxyHeaderDecoder again = new ProxyHeaderDecoder();
    if (again.decode(ByteBuffer.wrap(ours), ours.length) == Outcome.COMPLETE) {
      InetSocketAddress same = again.proxiedClient().source();
      assertThat(same == null ? null : same.getPort()).isEqualTo(source.getPort());
      assertThat(again.length()).isEqualTo(ours.length);
    } else {
      assertThat(ours.length).as(Arrays.toString(ours)).isGreaterThan(ProxyHeaderDecoder.MOST);
    }
  }
}
