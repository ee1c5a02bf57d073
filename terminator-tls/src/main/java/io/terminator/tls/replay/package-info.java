/** The ClientHellos of the last hour, in bounded memory. Start reading at {@code HelloMemory}. */
@NullMarked
package io.terminator.tls.replay;

import org.jspecify.annotations.NullMarked;
