/**
 * Every certificate of the appliance. {@code Certificates} joins the rooms: {@code credential} is what is served, {@code
 * reader} makes one of files, {@code source} says where they come from, {@code upload} keeps what the admin API took, and
 * {@code store} says which of them answers for which host.
 */
@NullMarked
package io.terminator.tls.certificate;

import org.jspecify.annotations.NullMarked;
