import { bool, className, digestId, nonEmpty, path, text, words } from '../value-kinds.js'
import { accepted, combined, honoured, type KeyGroup, refused } from './key.js'

const noKerberos = 'there is no Kerberos in this version'
const kerberosDetail = accepted(noKerberos)

export const authentication: KeyGroup = {
  title: 'Authentication and access',
  keys: [
    honoured('settings.digestAuthEnabled')(
      'DigestAuthenticationProvider.enabled',
      bool,
      'true',
      'offer the digest scheme',
    ),
    honoured('settings.superDigest')(
      'DigestAuthenticationProvider.superDigest',
      digestId,
      '',
      'super:base64(SHA1(super:password)) of the super user',
      { secret: true },
    ),
    honoured('settings.digestAlgorithm')(
      'DigestAuthenticationProvider.digestAlg',
      nonEmpty,
      'SHA1',
      'hash of the digest scheme; every server of an ensemble needs the same',
    ),
    accepted('it concerns requests to the HTTP admin server, which is not there')(
      'IPAuthenticationProvider.usexforwardedfor',
      bool,
      'false',
      'take the address from X-Forwarded-For',
    ),
    honoured('settings.x509SuperUser')(
      'X509AuthenticationProvider.superUser',
      nonEmpty,
      '',
      'subject of the client certificate that has all rights',
    ),
    combined('settings.superUsers')('superUser', nonEmpty, '', 'SASL name that has all rights'),
    combined('settings.superUsers')('superUser.*', nonEmpty, '', 'one more such id, as superUser.1'),
    honoured('settings.saslSuperPassword')(
      'SASLAuthenticationProvider.superPassword',
      nonEmpty,
      '',
      'password of the SASL user super, in place of the one in the JAAS file',
      { secret: true },
    ),
    honoured('settings.saslAnyUserId')(
      'letAnySaslUserDoX',
      nonEmpty,
      '',
      'id in an ACL that every SASL user satisfies',
    ),
    combined('settings.ensembleAuthNames')(
      'ensembleAuthName',
      words,
      '',
      'names of the ensemble that clients may ask for, parted by commas; needs the ensemble scheme',
    ),
    combined('authentication providers; those that are built in need no entry')(
      'authProvider.*',
      className,
      '',
      'class of an authentication scheme',
    ),
    honoured('settings.enforceAuthEnabled')(
      'enforce.auth.enabled',
      bool,
      'false',
      'refuse sessions that are not authenticated by one of enforce.auth.schemes',
    ),
    honoured('settings.enforceAuthSchemes')(
      'enforce.auth.schemes',
      words,
      '',
      'schemes that satisfy enforce.auth.enabled, parted by commas',
    ),
    honoured('settings.sessionRequireClientSaslAuth')(
      'sessionRequireClientSASLAuth',
      bool,
      'false',
      'refuse requests before SASL has succeeded',
    ),
    honoured('settings.allowSaslFailedClients')(
      'allowSaslFailedClients',
      bool,
      'false',
      'keep a session whose SASL exchange failed',
    ),
    combined('settings.saslUsers')(
      'java.security.auth.login.config',
      path,
      '',
      'JAAS file with the users and passwords of SASL DIGEST-MD5',
      { also: ['jaas.file'] },
    ),
    combined('settings.saslUsers')('sasl.serverconfig', nonEmpty, 'Server', 'section of the JAAS file'),
    refused(noKerberos, 'false')('requireKerberosConfig', bool, 'false', 'do not start without a Kerberos realm'),
    kerberosDetail('kerberos.removeHostFromPrincipal', bool, 'false', 'cut the host off principals'),
    kerberosDetail('kerberos.removeRealmFromPrincipal', bool, 'false', 'cut the realm off principals'),
    kerberosDetail('kerberos.canonicalizeHostNames', bool, 'false', 'look up the full names of servers'),
    kerberosDetail('security.auth_to_local', text, 'DEFAULT', 'rules from principals to user names'),
    kerberosDetail('java.security.krb5.conf', path, '', 'Kerberos configuration'),
  ],
}
