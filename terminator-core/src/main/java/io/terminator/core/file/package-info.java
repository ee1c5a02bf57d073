/**
 * Reads files that other programs may write; the appliance reads such files only through this
 * package. Support: imports no phase, and no worker calls it.
 */
@NullMarked
package io.terminator.core.file;

import org.jspecify.annotations.NullMarked;
