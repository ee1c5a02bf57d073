@NullMarked
package io.terminator.tls.engine;

import org.jspecify.annotations.NullMarked;
