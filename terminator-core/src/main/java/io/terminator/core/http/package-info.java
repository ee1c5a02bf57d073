/**
 * HTTP between a secured client and backends: a conversation of one or more exchanges. Imports its
 * subpackages, which do not import it. Start reading at {@code HttpConfig}.
 */
@NullMarked
package io.terminator.core.http;

import org.jspecify.annotations.NullMarked;
