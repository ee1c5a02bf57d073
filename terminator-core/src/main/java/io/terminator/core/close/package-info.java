/** One exit, one reason, one record. In: whatever was reached. Start reading at {@code Closer}. */
@NullMarked
package io.terminator.core.close;

import org.jspecify.annotations.NullMarked;
