/**
 * Plays every peer of a test: certificates, clients, backends and hostile peers, over real sockets.
 *
 * <p>Start reading at {@code TestCa} (certificates), {@code TlsClient} and {@code RawTlsClient}
 * (the client side), {@code ScriptedBackend} (the backend side). Every server binds port 0 of the
 * loopback address and is closed by the test that started it; every wait ends at a condition or
 * fails with what was missing; nothing sleeps. Depends on no product module.
 */
@NullMarked
package io.terminator.testkit;

import org.jspecify.annotations.NullMarked;
