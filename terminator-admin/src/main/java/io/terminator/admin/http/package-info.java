/** The admin API over HTTP. Start reading at {@code AdminServer}. */
@NullMarked
package io.terminator.admin.http;

import org.jspecify.annotations.NullMarked;
