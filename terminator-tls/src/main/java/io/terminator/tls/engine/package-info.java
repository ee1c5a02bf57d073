/**
 * Drives BoringSSL directly. Only this package uses tcnative's types and native addresses. Start
 * reading at {@code TlsContext}.
 */
@NullMarked
package io.terminator.tls.engine;

import org.jspecify.annotations.NullMarked;
