/** BoringSSL, driven directly: the only package that names tcnative's types or native addresses. Start at {@code TlsContext}. */
@NullMarked
package io.terminator.tls.engine;

import org.jspecify.annotations.NullMarked;
